/** The pages and the reference client, in Node and in a real browser. */
@NullMarked
package io.grizz.launcher.web;

import org.jspecify.annotations.NullMarked;
