/**
 * The reference client of the `grizz.v1` protocol: one module, no dependencies, for browsers and Node.
 *
 *     const grizz = connect({ url, token: async ({ fresh }) => jwt, onJob: (job) => show(job.text) });
 *     await grizz.send('hello', { conv }); // accepted: from here on it cannot be lost
 *
 * It keeps a cursor per open job, `{job, log, last, text, …}`, in memory and in sessionStorage: a reload, a lost
 * connection or a restarted server costs no text, because whatever is missing is asked for again.
 *
 * `onJob(job, frame)` runs after each frame that was applied; `onError(error)` gets errors nobody waits for.
 * `onState({state, …})` says `connecting`, `open`, `waiting` (until `retryAt`), `idle` (connects on demand) or
 * `closed` (until `open()`). `key` names the storage entry: use one per user.
 */
const PROTOCOL = 'grizz.v1', ENDS = ['done', 'failed', 'cancelled'], none = () => {};
const WELCOME_WITHIN = 10_000, PROBE = 5_000, LONGEST_WAIT = 30_000, SAVE_AFTER = 200;

/** What to do after a close code: `retry`, `refresh` (retry with a fresh token), `rest` or `stop`. */
export function afterClose(code) {
  if (code === 4005 || code === 4501) return 'refresh';
  if ([1003, 1007, 1009].includes(code)) return 'stop'; // one of our own frames was at fault
  return code === 1000 ? 'rest' : code >= 4500 && code <= 4999 ? 'stop' : 'retry';
}

/** A random UUID; `crypto.randomUUID` is missing on plain http away from localhost. */
export const uuid = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (c) =>
  (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));

export function connect({ url, token, key = PROTOCOL, client = 'web/1', onState = none, onJob = none, onError = none,
  WebSocket = globalThis.WebSocket, storage = globalThis.sessionStorage, random = Math.random, events = globalThis }) {
  const jobs = new Map(); // job id → cursor and what is known of it; jobs that ended leave
  const unsent = new Map(); // msg → {frame, resolve, reject}; stays until the server answers
  const asked = new Map(), asking = new Set(); // request id → takes the answer; jobs asked for: this connection's
  const life = new AbortController();
  let socket = null, ready = false, state = 'idle', fresh = false, server = { hb_ms: 25_000 }, parting = null;
  let ids = 0, tries = 0, pulse, retrying, saving;

  const say = (next, more) => onState({ state: (state = next), ...more });
  const fault = (code, more) => Object.assign(new Error(more?.message ?? code), more, { code });
  const complain = (answer) => answer.t === 'err' && onError(fault(answer.code, answer));
  const cursor = ({ job, log, last }) => ({ job, log, after: last });
  const transmit = (frame) => socket.send(JSON.stringify(frame));
  const request = (frame, take = complain) => { asked.set(`${++ids}`, take); transmit({ ...frame, id: `${ids}` }); };
  const afterSilence = (patience, act) => { clearTimeout(pulse); pulse = setTimeout(act, patience); };

  async function open() {
    if (life.signal.aborted || state === 'connecting' || socket) return;
    clearTimeout(retrying);
    say('connecting');
    try {
      const jwt = await token({ fresh });
      if (life.signal.aborted) return;
      const mine = (socket = new WebSocket(url, [PROTOCOL, 'bearer.' + jwt]));
      mine.onopen = () => request({ t: 'hello', client, merge: true, resume: [...jobs.values()].map(cursor) }, none);
      mine.onmessage = ({ data }) => mine === socket && receive(JSON.parse(data));
      mine.onclose = ({ code, reason }) => mine === socket && lost(code, reason);
      afterSilence(WELCOME_WITHIN, () => lost(4012));
    } catch (error) {
      if (!life.signal.aborted) retry({ error });
    }
  }

  function lost(code, reason) {
    const gone = socket, wait = parting && Math.max(0, parting.at - Date.now());
    let next = parting?.reconnect === false || (code === 4501 && fresh) ? 'stop' : afterClose(code);
    if (next === 'rest' && (jobs.size || unsent.size)) next = 'retry';
    fresh ||= next === 'refresh';
    socket = parting = null; // from here on, the old socket's events are not ours
    ready = false;
    clearTimeout(pulse);
    [asked, asking].forEach((waiting) => waiting.clear());
    gone.close();
    if (next === 'rest') return say('idle', { code });
    if (next !== 'stop') return retry({ code, ...(wait !== null && { wait }) });
    if (code < 4000) unsent.forEach((entry) => settle(entry, { t: 'err', code: 'too_large' })); // else: again and again
    say('closed', { code, reason });
  }

  function retry({ wait = random() * Math.min(LONGEST_WAIT, 500 * 2 ** tries++), ...why }) {
    retrying = setTimeout(open, wait);
    say('waiting', { retryAt: Date.now() + wait, ...why });
  }

  function wake() { // someone looks at the page, or the network is back: no reason to wait any longer
    if (globalThis.document?.visibilityState === 'hidden') return;
    if (state === 'waiting' || state === 'idle') open();
    else if (ready) ping(PROBE);
  }

  function ping(patience = server.hb_ms) {
    transmit({ t: 'ping', ts: Date.now() });
    afterSilence(patience, () => lost(4012));
  }

  function receive(frame) {
    if (frame.t === 'welcome') welcome(frame);
    if (ready) afterSilence(server.hb_ms, ping);
    if (frame.t === 'ok' || frame.t === 'err') {
      (asked.get(frame.re) ?? complain)(frame);
      asked.delete(frame.re);
    } else if (frame.t === 'auth_soon') { // if this fails, 4005 comes
      token({ fresh: true }).then((jwt) => ready && request({ t: 'auth', token: jwt }, none), onError);
    } else if (frame.t === 'bye') parting = { at: Date.now() + (frame.after_ms ?? 0), reconnect: frame.reconnect };
    else if (jobs.has(frame.job)) apply(frame, jobs.get(frame.job));
  }

  function welcome(frame) {
    [server, ready, fresh, tries] = [{ ...server, ...frame }, true, false, 0];
    const resumed = new Set(frame.resumed?.map(({ job }) => job));
    for (const job of jobs.values()) {
      if (!resumed.has(job.job)) ask(job);
      if (job.cancelling) request({ t: 'cancel', job: job.job });
    }
    unsent.forEach(deliver);
    say('open', { welcome: frame });
  }

  /** Applies each event once and in order (a delta with `from` stands for several); asks for what is missing. */
  function apply(frame, job) {
    const { t, seq = job.last + 1, from = seq, off, d, re, keep = 0, ...news } = frame;
    const ends = ENDS.includes(t);
    if (t !== 'snap' && !(ends && job.ended)) { // a snapshot is the server's word, and so is the end that follows it
      if (seq <= job.last) return;
      if (from > job.last + 1) return ask(job);
      if (t === 'delta' && off !== job.text.length) return ask(job, true);
    }
    if (t === 'delta') job.text += d;
    else if (t === 'reset') Object.assign(job, news, { text: job.text.slice(0, keep) });
    else if (t !== 'tool') Object.assign(job, t === 'job' && { pos: undefined, eta_ms: undefined }, news);
    Object.assign(job, { last: seq, ended: t === 'snap' && ENDS.includes(job.state) });
    if (ends) jobs.delete(Object.assign(job, { state: t, done: true }).job);
    saving ??= setTimeout(save, ends ? 0 : SAVE_AFTER);
    onJob(job, frame);
  }

  function ask(job, doubted) { // goes on from the last good event and, if its text is doubted twice, from the start
    if (!ready || asking.has(job)) return;
    if (doubted && job.doubted === job.last) Object.assign(job, { last: 0, text: '', log: undefined });
    if (doubted) job.doubted = job.last;
    asking.add(job);
    request({ t: 'watch', ...cursor(job) }, (answer) => {
      asking.delete(job);
      if (answer.t === 'ok') job.log ??= answer.log;
      else if (answer.retryable) setTimeout(() => jobs.has(job.job) && ask(job), answer.retry_ms ?? 1000);
      else apply({ ...answer, t: 'failed', job: job.job, seq: job.last + 1 }, job);
    });
  }

  const deliver = (entry) => request(entry.frame, (answer) => settle(entry, answer));
  function settle({ frame: { msg, conv }, resolve, reject }, answer) {
    unsent.delete(msg);
    const job = answer.t === 'ok' && Object.assign(track(answer.job), { log: answer.log, conv, msg });
    save();
    if (!job) return reject(fault(answer.code, { ...answer, msg }));
    onJob(job, answer);
    resolve(job);
  }

  const track = (id) => jobs.get(id) ?? jobs.set(id, { job: id, last: 0, text: '', state: 'queued' }).get(id);
  function save() {
    saving = clearTimeout(saving);
    const kept = { jobs: [...jobs.values()], sends: [...unsent.values()].map(({ frame }) => frame) };
    try { storage?.setItem(key, JSON.stringify(kept)); } catch { /* full or forbidden: memory still has it */ }
  }

  try {
    const kept = JSON.parse(storage?.getItem(key) ?? '{}');
    kept.jobs?.forEach((job) => jobs.set(job.job, job));
    kept.sends?.forEach((frame) => unsent.set(frame.msg, { frame, resolve() {}, reject: onError }));
  } catch { /* none, or not ours */ }
  for (const [name, act] of Object.entries({ online: wake, visibilitychange: wake, pagehide: save }))
    events?.addEventListener?.(name, act, { signal: life.signal });
  open();

  return {
    jobs, open,
    pending: () => [...unsent.values()].map(({ frame }) => frame),
    send: (text, { conv, msg = uuid(), ...more } = {}) => new Promise((resolve, reject) => {
      const frame = { t: 'send', conv, msg, text, ...more }, { limits = {} } = server;
      const bytes = new TextEncoder().encode(JSON.stringify(frame)).length + 32; // the id comes later
      if (text.length > limits.text || bytes > limits.frame) return reject(fault('too_large', { msg }));
      unsent.set(msg, { frame, resolve, reject });
      save();
      if (ready) deliver(unsent.get(msg));
      else if (state === 'idle') open();
    }),
    watch: (id) => (ask(track(id)), state === 'idle' && open(), jobs.get(id)),
    cancel(id) {
      if (jobs.has(id)) jobs.get(id).cancelling = true; // said again after a reconnect, until the end is seen
      if (ready) request({ t: 'cancel', job: id });
    },
    close() {
      life.abort();
      save();
      [pulse, retrying].forEach(clearTimeout);
      ready = socket = socket?.close(1000) ?? null;
      say('closed', { code: 1000 });
    },
  };
}
