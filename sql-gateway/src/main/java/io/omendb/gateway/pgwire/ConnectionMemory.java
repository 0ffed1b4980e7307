package io.omendb.gateway.pgwire;

import io.omendb.jobs.memory.MemoryShare;

/**
 * What connections take their memory from: {@code requests} for large messages, parameters and
 * prepared statements, {@code results} for large rows on their way to the client.
 */
record ConnectionMemory(MemoryShare requests, MemoryShare results) {}
