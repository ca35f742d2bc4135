package io.grizz.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a queue on a real Redis: whatever asks for a {@link TestQueue}, a {@code JobQueue} or
 * a {@code Grizz} as a parameter gets one that nobody else uses.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(GrizzExtension.class)
public @interface GrizzTest {}
