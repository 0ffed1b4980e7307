package io.omendb.gateway.pgwire;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of tasks that hold an event loop, and so everybody whose connection it serves. Each loop
 * counts its tasks; a thread of the watch looks at the counters every {@value #TICK_MS} ms and,
 * where a task is still the one of the last look, at what its thread does. More than {@value
 * #HOLD_MS_MAX} ms of one task are logged with the stack.
 *
 * <p>What counts is what the task did, not what was done to it, since on a busy machine a thread
 * may wait for a processor, or for the collector, longer than that: processor time; time that the
 * thread was parked, waiting, or blocked by an owner that itself stood still; time in a system call
 * on a file. Time spent loading classes does not count, since each happens once.
 *
 * <p>The loops' part is one write before and one after a task; the watch's thread costs nothing
 * measurable while no task lasts.
 */
final class EventLoopWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventLoopWatch.class);

  static final int HOLD_MS_MAX = 50;
  private static final int TICK_MS = 10;
  private static final int FRAMES_MAX = 60;
  private static final int HOLDS_KEPT_MAX = 100;
  private static final long NANOS_PER_MS = 1_000_000;

  /** What tests and people search the log for. */
  static final String MESSAGE = "A task held a network thread for {} ms ({}):\n{}";

  private static final Set<String> FILE_CLASSES =
      Set.of(
          "sun.nio.ch.FileDispatcherImpl",
          "sun.nio.ch.UnixFileDispatcherImpl",
          "sun.nio.ch.FileChannelImpl",
          "sun.nio.fs.UnixNativeDispatcher",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.RandomAccessFile",
          "java.io.UnixFileSystem",
          "java.nio.MappedMemoryUtils");

  private static final Set<String> LOADING_CLASSES =
      Set.of(
          "java.lang.ClassLoader",
          "jdk.internal.loader.BuiltinClassLoader",
          "java.lang.invoke.MethodHandleNatives",
          "java.lang.invoke.LambdaMetafactory",
          "java.lang.invoke.StringConcatFactory");

  /** One event loop's counter: odd while a task runs. Written by the loop. */
  static final class Activity {
    private static final VarHandle NUMBER;

    static {
      try {
        NUMBER = MethodHandles.lookup().findVarHandle(Activity.class, "number", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private volatile @Nullable Thread thread;

    @SuppressWarnings("UnusedVariable") // through NUMBER
    private long number;

    private int depth;

    /** Runs a task of this loop, on it; tasks may nest. */
    void run(Runnable task) {
      begin();
      try {
        task.run();
      } finally {
        end();
      }
    }

    private void begin() {
      if (depth++ == 0) {
        if (thread == null) {
          thread = Thread.currentThread();
        }
        NUMBER.setRelease(this, (long) NUMBER.get(this) + 1);
      }
    }

    private void end() {
      if (--depth == 0) {
        NUMBER.setRelease(this, (long) NUMBER.get(this) + 1);
      }
    }

    private long number() {
      return (long) NUMBER.getAcquire(this);
    }
  }

  /** Makes tasks of what a channel hands to its handlers. The first of its pipeline. */
  static final class Tap extends ChannelInboundHandlerAdapter {
    private final Activity activity;

    Tap(Activity activity) {
      this.activity = activity;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      activity.run(() -> context.fireChannelRead(message));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      activity.run(context::fireChannelReadComplete);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      activity.run(context::fireChannelInactive);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      activity.run(context::fireChannelWritabilityChanged);
    }
  }

  /** How a task was seen to stand still. */
  private enum Stillness {
    NONE,
    WAITING,
    READING
  }

  /** What the watch knows of the task that it saw last. Its thread only. */
  private static final class Seen {
    private long number;
    private long cpuNanos;
    private long atNanos;
    private long ownerCpuNanos;
    private Stillness stillness = Stillness.NONE;
    private long heldNanos;
    private boolean told;
  }

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Map<EventLoop, Activity> activities = new ConcurrentHashMap<>();
  private final Map<Activity, Seen> seen = new ConcurrentHashMap<>();

  @GuardedBy("holds")
  private final ArrayDeque<String> holds = new ArrayDeque<>();

  private final Thread thread = new Thread(this::watch, "omendb-pgwire-watch");
  private volatile boolean closed;

  EventLoopWatch() {
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  Activity of(EventLoop loop) {
    return activities.computeIfAbsent(loop, l -> new Activity());
  }

  /** The newest tasks that held a loop, as they were logged. */
  List<String> holds() {
    synchronized (holds) {
      return List.copyOf(holds);
    }
  }

  private void watch() {
    while (!closed) {
      LockSupport.parkNanos(this, TICK_MS * NANOS_PER_MS);
      for (Activity activity : activities.values()) {
        look(activity, seen.computeIfAbsent(activity, a -> new Seen()));
      }
    }
  }

  private void look(Activity activity, Seen last) {
    long number = activity.number();
    Thread loop = activity.thread;
    if ((number & 1) == 0 || loop == null) {
      last.number = number;
      return;
    }
    long now = System.nanoTime();
    long cpu = threads.getThreadCpuTime(loop.getId());
    if (number != last.number) {
      last.number = number;
      last.cpuNanos = cpu;
      last.atNanos = now;
      last.stillness = Stillness.NONE;
      last.heldNanos = 0;
      last.told = false;
      return;
    }
    ThreadInfo info = threads.getThreadInfo(loop.getId(), FRAMES_MAX);
    if (info == null || activity.number() != number) {
      return;
    }
    count(last, info, now, cpu);
    if (last.heldNanos > HOLD_MS_MAX * NANOS_PER_MS && !last.told) {
      last.told = true;
      tell(last.heldNanos / NANOS_PER_MS, info);
    }
  }

  private void count(Seen last, ThreadInfo info, long now, long cpu) {
    StackTraceElement[] stack = info.getStackTrace();
    if (!isLoading(stack)) {
      last.heldNanos += cpu - last.cpuNanos;
    }
    Stillness stillness = stillness(last, info, stack);
    if (stillness != Stillness.NONE && stillness == last.stillness) {
      // A look that came late was itself kept from the processor: it vouches for one tick only.
      long intervalNanos = now - last.atNanos;
      long lateNanos = 3 * TICK_MS * NANOS_PER_MS;
      long idleNanos = intervalNanos > lateNanos ? TICK_MS * NANOS_PER_MS : intervalNanos;
      last.heldNanos += Math.max(0, idleNanos - (cpu - last.cpuNanos));
    }
    last.stillness = stillness;
    last.cpuNanos = cpu;
    last.atNanos = now;
  }

  private Stillness stillness(Seen last, ThreadInfo info, StackTraceElement[] stack) {
    return switch (info.getThreadState()) {
      case WAITING, TIMED_WAITING -> isLoading(stack) ? Stillness.NONE : Stillness.WAITING;
      case BLOCKED -> ownerStandsStill(last, info) ? Stillness.WAITING : Stillness.NONE;
      case RUNNABLE -> isFileCall(stack) && !isLoading(stack) ? Stillness.READING : Stillness.NONE;
      case NEW, TERMINATED -> Stillness.NONE;
    };
  }

  /** Sockets are written to through a file's method; theirs do not block. */
  static boolean isFileCall(StackTraceElement[] stack) {
    return stack.length > 1
        && FILE_CLASSES.contains(stack[0].getClassName())
        && !stack[1].getClassName().equals("sun.nio.ch.SocketDispatcher");
  }

  /** An owner that could run, but has no processor, is the machine's fault. */
  private boolean ownerStandsStill(Seen last, ThreadInfo info) {
    ThreadInfo owner = threads.getThreadInfo(info.getLockOwnerId());
    if (owner == null) {
      return false;
    }
    long cpu = threads.getThreadCpuTime(info.getLockOwnerId());
    boolean works = cpu > last.ownerCpuNanos + NANOS_PER_MS;
    last.ownerCpuNanos = cpu;
    return works || owner.getThreadState() != Thread.State.RUNNABLE;
  }

  private static boolean isLoading(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (LOADING_CLASSES.contains(frame.getClassName())
          || frame.getMethodName().equals("<clinit>")) {
        return true;
      }
    }
    return false;
  }

  private void tell(long heldMs, ThreadInfo info) {
    StringBuilder stack = new StringBuilder();
    for (StackTraceElement frame : info.getStackTrace()) {
      stack.append("    at ").append(frame).append('\n');
    }
    LOG.warn(MESSAGE, heldMs, info.getThreadState(), stack);
    synchronized (holds) {
      if (holds.size() == HOLDS_KEPT_MAX) {
        holds.removeFirst();
      }
      holds.add("%d ms, %s%n%s".formatted(heldMs, info.getThreadState(), stack));
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
