/** The operator's page: what /admin and /readyz say, again and again. What jobs carry is data, never markup. */
import { el } from './markdown.js';

const $ = (id) => document.getElementById(id);
const TOKEN = 'grizz.operator', EACH = 2_000, PAGE = 20;
const GOOD = new Set(['running']), COMING = new Set(['starting', 'waiting']);
let cursor = null, timer, looking = false;

const fault = (message, status) => Object.assign(new Error(message), { status });

async function ask(path, method = 'GET', body) {
  const headers = { Authorization: 'Bearer ' + sessionStorage.getItem(TOKEN) };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.ok || path === '/readyz') return answer.status === 204 ? null : answer.json();
  if (answer.status === 401) throw fault('This token does not open the page.', 401);
  if (answer.status === 403) throw fault('Only this machine may look, unless admin.remote allows others, over TLS.', 403);
  const said = await answer.json().catch(() => ({}));
  throw fault(said.title ?? 'The server answered ' + answer.status + '.', answer.status);
}

// ---- what is shown

function link(state, text) {
  $('link').dataset.state = state;
  $('link-text').textContent = text;
}

function problem(text) {
  $('problem-text').textContent = text;
  $('problem').hidden = !text;
}

function time(ms) {
  if (ms < 1000) return ms + ' ms';
  const units = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1000, 's']];
  const [size, name] = units.find(([each]) => ms >= each);
  return Math.floor(ms / size) + ' ' + name;
}

const counted = (number, one, many) => number + ' ' + (number === 1 ? one : many);

function tile(name, value, bad) {
  return el('div', bad ? 'bad' : '', el('dt', '', name), el('dd', '', String(value)));
}

function state(name, said, kind) {
  const item = el('li', '', el('span', 'dot'), el('span', '', name), said && el('small', '', said));
  item.dataset.state = kind;
  return item;
}

function queue(now) {
  $('queue').replaceChildren(
    tile('Waiting', now.waiting), tile('Oldest waits', time(now.oldest_waiting_ms)), tile('Running', now.running),
    tile('Scheduled', now.scheduled), tile('Dead letters', now.dead, now.dead > 0),
    ...(now.dead_dropped ? [tile('Dropped', now.dead_dropped, true)] : []));
}

function checks({ checks: all }) {
  $('checks').replaceChildren(...all.map((it) => state(it.name, it.ok ? '' : it.detail, it.ok ? 'good' : 'bad')));
}

function processes(all) {
  const kind = (said) => (GOOD.has(said) ? 'good' : COMING.has(said) ? 'coming' : 'bad');
  $('processes').replaceChildren(...Object.entries(all).map(([name, said]) => state(name, said, kind(said))));
  $('alone').hidden = Object.keys(all).length > 0;
}

function workers(items) {
  $('workers').replaceChildren(...items.map((it) => el('tr', '', el('td', '', it.incarnation),
    el('td', 'number', String(it.running)), el('td', 'number', time(it.silent_ms) + ' ago'))));
  $('no-workers').hidden = items.length > 0;
}

function letters({ items, next }) {
  const shown = new Map([...$('dead').children].map((item) => [item.dataset.id, item]));
  $('dead').replaceChildren(...items.map((it) => shown.get(it.id) ?? letter(it)));
  $('no-dead').hidden = items.length > 0;
  $('older').hidden = !next;
  $('older').dataset.cursor = next ?? '';
  $('newest').hidden = cursor === null;
}

function letter(it) {
  const when = it.ended_at && new Date(it.ended_at).toLocaleString();
  const runs = counted(it.counters.attempts, 'attempt', 'attempts') + ', ' + counted(it.counters.crashes, 'crash', 'crashes');
  const about = [it.id, it.user && 'user ' + it.user, runs, when].filter(Boolean).join(' · ');
  const path = '/admin/dead/' + it.id;
  const item = el('li', '', el('div', 'line', el('b', '', it.type), el('span', 'why', it.reason ?? '')),
    el('div', 'about', about),
    el('div', 'actions',
      button('Run again', () => ask(path + '/requeue', 'POST').then(look)),
      button('Show payload', (self) => payload(path, item, self)),
      button('Delete', () => confirm('Delete this job for good?') && ask(path, 'DELETE').then(look))));
  item.dataset.id = it.id;
  return item;
}

function button(text, act) {
  const made = el('button', 'quiet', text);
  made.type = 'button';
  made.onclick = () => tried(() => act(made));
  return made;
}

async function payload(path, item, self) {
  const opened = await ask(path);
  item.querySelector('pre')?.remove();
  item.append(el('pre', '', opened.payload));
  self.remove();
}

// ---- again and again

async function tried(act) {
  problem('');
  try {
    await act();
  } catch (error) {
    if (error.status === 401) login(error.message);
    else problem(error.message);
  }
}

async function look() {
  if (looking) return;
  looking = true;
  clearTimeout(timer);
  try {
    const page = '/admin/dead?limit=' + PAGE + (cursor ? '&cursor=' + encodeURIComponent(cursor) : '');
    const [now, ready, all, dead] = await Promise.all(['/admin/queue', '/readyz', '/admin/workers', page].map((it) => ask(it)));
    $('login').hidden = true;
    $('board').hidden = $('leave').hidden = false;
    queue(now);
    checks(ready);
    processes(all.processes);
    workers(all.items);
    letters(dead);
    link('open', 'Live');
  } catch (error) {
    if (error.status === 401) return login(error.message);
    link('waiting', error.message);
  } finally {
    looking = false;
  }
  timer = setTimeout(look, EACH);
}

function login(why = '') {
  clearTimeout(timer);
  sessionStorage.removeItem(TOKEN);
  link('idle', 'Signed out');
  $('board').hidden = $('leave').hidden = true;
  $('login').hidden = false;
  $('token-error').textContent = why;
  $('token').value = '';
  $('token').focus();
}

$('login').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, $('token').value.trim());
  link('connecting', 'Connecting');
  look();
});
$('leave').addEventListener('click', () => login());
$('pause').addEventListener('submit', (event) => {
  event.preventDefault();
  tried(() => ask('/admin/queue/pause', 'POST', { seconds: Number($('pause-for').value) }).then(look));
});
$('resume').addEventListener('click', () => tried(() => ask('/admin/queue/resume', 'POST').then(look)));
$('older').addEventListener('click', () => { cursor = $('older').dataset.cursor; look(); });
$('newest').addEventListener('click', () => { cursor = null; look(); });
$('problem-close').addEventListener('click', () => problem(''));
document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : sessionStorage.getItem(TOKEN) && look()));
if (sessionStorage.getItem(TOKEN)) look();
else login();
