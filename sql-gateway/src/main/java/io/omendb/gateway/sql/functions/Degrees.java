package io.omendb.gateway.sql.functions;

import org.apache.commons.math3.util.FastMath;

/**
 * sind and its kin: angles in degrees, reduced to the first quadrant, where the values at 30, 45
 * and 60 degrees are exact because everything is divided by the value computed there.
 */
final class Degrees {
  private static final double PER_RADIAN = Math.PI / 180;
  private static final double SINE_30 = FastMath.sin(30 * PER_RADIAN);
  private static final double ONE_MINUS_COSINE_60 = 1 - FastMath.cos(60 * PER_RADIAN);
  private static final double ARC_SINE_HALF = FastMath.asin(0.5);
  private static final double ARC_COSINE_HALF = FastMath.acos(0.5);
  private static final double ARC_TANGENT_ONE = FastMath.atan(1.0);
  private static final double TANGENT_45 = sineUpTo90(45) / cosineUpTo90(45);
  private static final double COTANGENT_45 = cosineUpTo90(45) / sineUpTo90(45);

  private Degrees() {}

  static double sine(double angle) {
    double reduced = angle % 360;
    int sign = 1;
    if (reduced < 0) {
      reduced = -reduced;
      sign = -1;
    }
    if (reduced > 180) {
      reduced = 360 - reduced;
      sign = -sign;
    }
    return sign * sineUpTo90(reduced > 90 ? 180 - reduced : reduced);
  }

  static double cosine(double angle) {
    double reduced = Math.abs(angle % 360);
    int sign = 1;
    if (reduced > 180) {
      reduced = 360 - reduced;
    }
    if (reduced > 90) {
      reduced = 180 - reduced;
      sign = -1;
    }
    return sign * cosineUpTo90(reduced);
  }

  static double tangent(double angle) {
    double reduced = angle % 360;
    int sign = 1;
    if (reduced < 0) {
      reduced = -reduced;
      sign = -1;
    }
    if (reduced > 180) {
      reduced = 360 - reduced;
      sign = -sign;
    }
    if (reduced > 90) {
      reduced = 180 - reduced;
      sign = -sign;
    }
    double result = sign * (sineUpTo90(reduced) / cosineUpTo90(reduced) / TANGENT_45);
    return result == 0 ? 0 : result;
  }

  static double cotangent(double angle) {
    double reduced = angle % 360;
    int sign = 1;
    if (reduced < 0) {
      reduced = -reduced;
      sign = -1;
    }
    if (reduced > 180) {
      reduced = 360 - reduced;
      sign = -sign;
    }
    if (reduced > 90) {
      reduced = 180 - reduced;
      sign = -sign;
    }
    double result = sign * (cosineUpTo90(reduced) / sineUpTo90(reduced) / COTANGENT_45);
    return result == 0 ? 0 : result;
  }

  static double arcSine(double value) {
    if (Double.isNaN(value)) {
      return value;
    }
    return value >= 0 ? arcSineOfPositive(value) : -arcSineOfPositive(-value);
  }

  static double arcCosine(double value) {
    if (Double.isNaN(value)) {
      return value;
    }
    return value >= 0 ? arcCosineOfPositive(value) : 90 + arcSineOfPositive(-value);
  }

  static double arcTangent(double value) {
    return FastMath.atan(value) / ARC_TANGENT_ONE * 45;
  }

  static double arcTangent(double y, double x) {
    return FastMath.atan2(y, x) / ARC_TANGENT_ONE * 45;
  }

  private static double arcSineOfPositive(double value) {
    return value <= 0.5
        ? FastMath.asin(value) / ARC_SINE_HALF * 30
        : 90 - FastMath.acos(value) / ARC_COSINE_HALF * 60;
  }

  private static double arcCosineOfPositive(double value) {
    return value <= 0.5
        ? 90 - FastMath.asin(value) / ARC_SINE_HALF * 30
        : FastMath.acos(value) / ARC_COSINE_HALF * 60;
  }

  private static double sineUpTo30(double angle) {
    return FastMath.sin(angle * PER_RADIAN) / SINE_30 / 2;
  }

  private static double cosineUpTo60(double angle) {
    return 1 - (1 - FastMath.cos(angle * PER_RADIAN)) / ONE_MINUS_COSINE_60 / 2;
  }

  private static double sineUpTo90(double angle) {
    return angle <= 30 ? sineUpTo30(angle) : cosineUpTo60(90 - angle);
  }

  private static double cosineUpTo90(double angle) {
    return angle <= 60 ? cosineUpTo60(angle) : sineUpTo30(90 - angle);
  }
}
