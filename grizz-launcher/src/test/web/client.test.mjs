/** The reference client against a scripted socket: what it says, and what it makes of what it hears. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { afterClose, connect } from '../../main/resources/web/client.js';

const sockets = [], tokens = [], states = [], shown = [], errors = [];
let storage, events;

class ScriptedSocket {
  constructor(url, protocols) {
    Object.assign(this, { url, protocols, sent: [] });
    sockets.push(this);
  }
  send(text) { this.sent.push(JSON.parse(text)); }
  close(code) { this.closed = code ?? true; }
  hear(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
  lose(code, reason = '') { this.onclose({ code, reason }); }
  said(type) { return this.sent.filter((frame) => frame.t === type); }
  last(type) { return this.said(type).at(-1); }
}

const settle = () => new Promise(setImmediate);

async function client(more) {
  const made = connect({
    url: 'ws://here', WebSocket: ScriptedSocket, storage, events, random: () => 1,
    token: async (wish) => { tokens.push(wish); return 'jwt' + tokens.length; },
    onState: (state) => states.push(state), onJob: (job, frame) => shown.push({ ...job, frame }),
    onError: (error) => errors.push(error), ...more,
  });
  await settle();
  return made;
}

async function welcomed(more) {
  const made = await client(more);
  await welcome();
  return made;
}

async function welcome(more) {
  const socket = sockets.at(-1);
  socket.onopen();
  socket.hear({ t: 'welcome', re: socket.last('hello').id, hb_ms: 25_000, limits: { text: 100, frame: 1000 }, ...more });
  await settle();
  return socket;
}

async function sent(grizz, text = 'hi') {
  const promise = grizz.send(text, { conv: 'c' });
  const socket = sockets.at(-1);
  socket.hear({ t: 'ok', re: socket.last('send').id, job: 'j', log: 'l', seq: 1, dup: false });
  return promise;
}

const delta = (seq, off, d) => ({ t: 'delta', job: 'j', seq, off, d });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  [sockets, tokens, states, shown, errors].forEach((list) => (list.length = 0));
  const kept = new Map();
  storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  events = new EventTarget();
});

describe('a connection', () => {
  it('offers the protocol and the token, says hello, and is open when it is welcome', async () => {
    await client();
    assert.deepEqual(sockets[0].protocols, ['grizz.v1', 'bearer.jwt1']);
    assert.equal(states.at(-1).state, 'connecting');
    await welcome();
    assert.equal(states.at(-1).state, 'open');
    assert.deepEqual(sockets[0].last('hello').resume, []);
  });

  it('waits longer after each failure, up to 30 s, and begins anew only after a welcome', async () => {
    await client();
    for (const wait of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      sockets.at(-1).lose(1006);
      assert.equal(states.at(-1).retryAt - Date.now(), wait);
      mock.timers.tick(wait - 1);
      await settle();
      const before = sockets.length;
      mock.timers.tick(1);
      await settle();
      assert.equal(sockets.length, before + 1);
    }
    await welcome();
    sockets.at(-1).lose(1006);
    assert.equal(states.at(-1).retryAt - Date.now(), 500);
  });

  it('fetches a fresh token after 4005 and 4501, and gives up when that is refused, too', async () => {
    for (const code of [4005, 4501]) {
      await welcomed();
      sockets.at(-1).lose(code);
      mock.timers.tick(500);
      await settle();
      assert.equal(tokens.at(-1).fresh, true);
    }
    sockets.at(-1).lose(4501);
    assert.equal(states.at(-1).state, 'closed');
  });

  it('connects again to watch a job, though it rests', async () => {
    const grizz = await welcomed();
    sockets.at(-1).lose(1000);
    assert.equal(states.at(-1).state, 'idle');
    grizz.watch('j');
    await settle();
    assert.equal(sockets.length, 2);
    const socket = await welcome();
    assert.deepEqual(socket.last('hello').resume.map(({ job }) => job), ['j']);
  });

  it('stays away after 45xx, rests after 1000, and comes back after the rest', () => {
    for (const [code, next] of [[1000, 'rest'], [1001, 'retry'], [1006, 'retry'], [1011, 'retry'], [4001, 'retry'],
      [4003, 'retry'], [4005, 'refresh'], [4008, 'retry'], [4010, 'retry'], [4012, 'retry'], [4013, 'retry'],
      [4499, 'retry'], [4501, 'refresh'], [4502, 'stop'], [4503, 'stop'], [4504, 'stop'], [4507, 'stop'],
      [1003, 'stop'], [1007, 'stop'], [1009, 'stop']]) assert.equal(afterClose(code), next, code);
  });

  it('comes back after a deploy when the server says so', async () => {
    await welcomed();
    sockets[0].hear({ t: 'bye', code: 4001, reason: 'deploy', reconnect: true, after_ms: 3000 });
    sockets[0].lose(1001);
    assert.equal(states.at(-1).retryAt - Date.now(), 3000);
  });

  it('does not wait when the network is back', async () => {
    await welcomed();
    sockets[0].lose(1006);
    events.dispatchEvent(new Event('online'));
    await settle();
    assert.equal(sockets.length, 2);
  });

  it('takes silence for a dead server: it pings, and then connects again', async () => {
    await welcomed();
    mock.timers.tick(25_000);
    assert.equal(sockets[0].said('ping').length, 1);
    mock.timers.tick(25_000);
    assert.equal(states.at(-1).code, 4012);
  });

  it('refreshes its token while it is connected', async () => {
    await welcomed();
    sockets[0].hear({ t: 'auth_soon', exp: 1 });
    await settle();
    assert.equal(sockets[0].last('auth').token, 'jwt2');
  });

  it('is over when it is closed', async () => {
    const grizz = await welcomed();
    grizz.close();
    mock.timers.tick(60_000);
    await settle();
    assert.equal(sockets.length, 1);
  });
});

describe('an answer', () => {
  it('is applied once and in order', async () => {
    const grizz = await welcomed(), job = await sent(grizz);
    [{ t: 'job', job: 'j', seq: 1, state: 'queued' }, { t: 'job', job: 'j', seq: 2, state: 'running', attempt: 1 },
      delta(3, 0, 'Hel'), delta(3, 0, 'Hel'), delta(4, 3, 'lo'), delta(2, 0, 'no')].forEach((frame) => sockets[0].hear(frame));
    assert.equal(job.text, 'Hello');
    assert.equal(job.state, 'running');
    sockets[0].hear({ t: 'done', job: 'j', seq: 5, finish: 'stop' });
    sockets[0].hear({ t: 'done', job: 'j', seq: 5, finish: 'stop' });
    assert.equal(shown.filter((it) => it.done).length, 1);
    assert.equal(grizz.jobs.size, 0);
  });

  it('with a hole is asked for from its last good event', async () => {
    const job = await sent(await welcomed());
    sockets[0].hear({ t: 'job', job: 'j', seq: 1, state: 'queued' });
    sockets[0].hear(delta(5, 3, 'lo'));
    sockets[0].hear(delta(6, 5, '!'));
    assert.deepEqual(sockets[0].said('watch').map(({ id, ...rest }) => rest), [{ t: 'watch', job: 'j', log: 'l', after: 1 }]);
    assert.equal(job.text, '');
  });

  it('whose text does not fit is asked for again, and the second time from the start', async () => {
    const job = await sent(await welcomed());
    sockets[0].hear(delta(1, 0, 'Hel'));
    sockets[0].hear(delta(2, 7, 'lo'));
    assert.equal(sockets[0].last('watch').after, 1);
    sockets[0].hear({ t: 'ok', re: sockets[0].last('watch').id, job: 'j', log: 'l' });
    sockets[0].hear(delta(2, 7, 'lo'));
    assert.equal(sockets[0].last('watch').after, 0);
    assert.equal(job.text, '');
  });

  it('is replaced by a snapshot, and emptied when it begins again', async () => {
    const job = await sent(await welcomed());
    sockets[0].hear(delta(1, 0, 'old'));
    sockets[0].hear({ t: 'snap', job: 'j', log: 'm', seq: 9, attempt: 1, state: 'running', text: 'new' });
    assert.deepEqual([job.text, job.last, job.log], ['new', 9, 'm']);
    sockets[0].hear({ t: 'reset', job: 'j', seq: 10, attempt: 2, keep: 0, why: 'worker_lost' });
    assert.deepEqual([job.text, job.attempt], ['', 2]);
  });

  it('goes on over a new connection from its cursor', async () => {
    const job = await sent(await welcomed());
    sockets[0].hear(delta(1, 0, 'Hel'));
    sockets[0].lose(1006);
    mock.timers.tick(500);
    await settle();
    await welcome({ resumed: [{ job: 'j', log: 'l', from: 2, recovered: true }] });
    assert.deepEqual(sockets[1].last('hello').resume, [{ job: 'j', log: 'l', after: 1 }]);
    sockets[1].hear(delta(2, 3, 'lo'));
    assert.equal(job.text, 'Hello');
    assert.equal(sockets[1].said('watch').length, 0);
  });

  it('goes on after a reload', async () => {
    await sent(await welcomed());
    sockets[0].hear(delta(1, 0, 'Hel'));
    events.dispatchEvent(new Event('pagehide'));
    const reloaded = await welcomed();
    assert.deepEqual(sockets[1].last('hello').resume, [{ job: 'j', log: 'l', after: 1 }]);
    assert.equal(reloaded.jobs.get('j').text, 'Hel');
  });

  it('that is to be stopped is stopped also when the connection was lost meanwhile', async () => {
    const grizz = await welcomed();
    await sent(grizz);
    sockets[0].lose(1006);
    grizz.cancel('j');
    mock.timers.tick(500);
    await settle();
    await welcome();
    assert.equal(sockets[1].last('cancel').job, 'j');
  });

  it('that the server does not know has failed', async () => {
    const grizz = await welcomed();
    grizz.watch('x');
    sockets[0].hear({ t: 'err', re: sockets[0].last('watch').id, code: 'job_unknown', retryable: false });
    assert.equal(shown.at(-1).state, 'failed');
    assert.equal(shown.at(-1).code, 'job_unknown');
  });
});

describe('a message', () => {
  it('that was not answered is sent again under the same name', async () => {
    const grizz = await welcomed(), promise = grizz.send('hi');
    const first = sockets[0].last('send');
    sockets[0].lose(1006);
    mock.timers.tick(500);
    await settle();
    await welcome();
    const again = sockets[1].last('send');
    assert.equal(again.msg, first.msg);
    sockets[1].hear({ t: 'ok', re: again.id, job: 'j', log: 'l', seq: 1, dup: true });
    assert.equal((await promise).job, 'j');
  });

  it('survives a reload before it was answered', async () => {
    const grizz = await welcomed();
    grizz.send('hi');
    await welcomed();
    assert.equal(sockets[1].last('send').msg, sockets[0].last('send').msg);
  });

  it('that is refused says why', async () => {
    const grizz = await welcomed(), promise = grizz.send('hi');
    sockets[0].hear({ t: 'err', re: sockets[0].last('send').id, code: 'rate_limited', message: 'slow', retryable: true, retry_ms: 4200 });
    await assert.rejects(promise, { code: 'rate_limited', retry_ms: 4200 });
  });

  it('that is too long is not even sent', async () => {
    const grizz = await welcomed();
    await assert.rejects(grizz.send('x'.repeat(101)), { code: 'too_large' });
    await assert.rejects(grizz.send('ü'.repeat(99), { note: 'n'.repeat(900) }), { code: 'too_large' });
    assert.equal(sockets[0].said('send').length, 0);
  });
});
