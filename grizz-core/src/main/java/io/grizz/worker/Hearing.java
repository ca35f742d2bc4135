package io.grizz.worker;

import io.grizz.api.JobEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a listener what happens, and lets nothing that it does hurt whoever tells. */
final class Hearing {

  private static final Logger LOG = LoggerFactory.getLogger(Hearing.class);

  private volatile JobEvent.Listener listener = JobEvent.Listener.NONE;

  void hear(JobEvent.Listener hearer) {
    listener = hearer;
  }

  void tell(JobEvent event) {
    try {
      listener.on(event);
    } catch (RuntimeException e) {
      // why: whoever only listens must not stop a job
      LOG.warn("a listener failed on {}", event.getClass().getSimpleName(), e);
    }
  }
}
