/** The chat page: a client of the protocol in client.js. What the server says is data, never markup. */
import { connect, uuid } from './client.js';
import { draw, el } from './markdown.js';

const $ = (id) => document.getElementById(id);
const waiting = []; // jobs whose answers are not in the record yet
const turns = new Map(); // job id → its answer's element
const drawn = new WeakMap(); // an answer's body → the blocks it shows
const USER = 'grizz.user', TOKEN = 'grizz.token', LONGEST = 32_000, PAGE = 50;
const WORDS = {
  rate_limited: 'Too many messages at once.', busy: 'This conversation is still answering.',
  overloaded: 'Too much is waiting right now.', upstream_timeout: 'The model took too long.',
  upstream_unavailable: 'The model is not available.', attempts_spent: 'Every attempt failed.',
  upstream_rejected: 'The model refused the request.', content_filtered: 'The provider withheld the answer.',
  context_too_long: 'The conversation is too long for the model.', too_large: 'The message is too long.',
  crashed: 'The answer kept crashing its worker.', expired: 'The message waited too long.',
};
const LINKS = { open: 'Connected', connecting: 'Connecting', idle: 'Resting', closed: 'Disconnected' };
const main = $('main');
let settings, grizz, conversation, older = null, ticking;

// ---- getting in

async function token({ fresh }) {
  const kept = sessionStorage.getItem(TOKEN);
  if (kept && !fresh) return kept;
  if (settings.login.kind !== 'dev') return askForToken();
  const user = localStorage.getItem(USER) ?? undefined;
  const answer = await fetch(settings.login.url, { method: 'POST', body: JSON.stringify({ user }) });
  if (!answer.ok) return askForToken();
  const body = await answer.json();
  localStorage.setItem(USER, body.user);
  sessionStorage.setItem(TOKEN, body.token);
  return body.token;
}

function askForToken() {
  $('login').hidden = false;
  $('token').focus();
  return new Promise((resolve) => {
    $('login').onsubmit = (event) => {
      event.preventDefault();
      const text = $('token').value.trim();
      sessionStorage.setItem(TOKEN, text);
      $('login').hidden = true;
      resolve(text);
    };
  });
}

async function api(path) {
  for (const fresh of [false, true]) {
    const headers = { Authorization: 'Bearer ' + (await token({ fresh })) };
    const answer = await fetch(path, { headers });
    if (answer.ok) return answer.json();
    if (answer.status !== 401) throw new Error('The server answered ' + answer.status + '.');
  }
  throw new Error('The token is not accepted.');
}

// ---- what is on the page

function turn(kind, text) {
  const body = el('div', 'body');
  if (kind === 'answer') drawn.set(body, draw(body, text ?? ''));
  else body.textContent = text;
  $('empty').hidden = true;
  return el('li', 'turn ' + kind, el('div', 'meta'), body, el('div', 'foot'));
}

const atBottom = () => main.scrollTop + main.clientHeight >= main.scrollHeight - 80;

function keepDown(was) {
  if (was) main.scrollTop = main.scrollHeight;
  $('latest').hidden = was || atBottom();
}

function show(job, frame) {
  const was = atBottom();
  let answer = turns.get(job.job);
  if (!answer) {
    answer = turn('answer');
    turns.set(job.job, answer);
    $('turns').append(answer);
  }
  const [meta, body, foot] = answer.children;
  const over = job.done;
  answer.setAttribute('aria-busy', String(!over));
  answer.classList.toggle('failed', job.state === 'failed');
  const parts = [];
  if (job.model) parts.push(settings.offline_model ? 'offline model' : job.model);
  if (job.worker) parts.push(job.worker);
  if (job.attempt) parts.push('attempt ' + job.attempt);
  meta.replaceChildren(...parts.map((part) => el('span', '', part)));
  if (job.text || over) {
    body.querySelector(':scope > .thinking')?.remove();
    drawn.set(body, draw(body, job.text, drawn.get(body)));
  } else {
    drawn.delete(body);
    body.replaceChildren(thinking());
  }
  if (frame?.t === 'reset') foot.replaceChildren(el('span', 'retried', 'It began again: attempt ' + job.attempt + '.'));
  if (over) finish(job, foot);
  $('stop').hidden = !running();
  keepDown(was);
}

const thinking = () => el('p', 'thinking', el('i'), el('i'), el('i'));

function finish(job, foot) {
  if (job.state === 'done') {
    const said = [job.usage?.out && job.usage.out + ' tokens', job.ms && (job.ms / 1000).toFixed(1) + ' s'];
    foot.replaceChildren(...said.filter(Boolean).map((part) => el('span', '', part)));
    $('spoken').textContent = 'Answer complete.';
    return;
  }
  const why = job.state === 'cancelled' ? 'Stopped.' : WORDS[job.code] ?? 'It failed.';
  const again = el('button', 'quiet', 'Try again');
  again.type = 'button';
  again.onclick = () => send(job.asked ?? questionOf(job.job));
  foot.replaceChildren(el('span', 'why', why), again);
  $('spoken').textContent = why;
}

const questionOf = (job) => turns.get(job)?.previousElementSibling?.querySelector('.body')?.textContent ?? '';
const running = () => grizz && [...grizz.jobs.values()].some((job) => !job.done);

function problem(text) {
  $('problem-text').textContent = text;
  $('problem').hidden = !text;
}

function link({ state, retryAt }) {
  clearInterval(ticking);
  $('link').dataset.state = state;
  const say = () => {
    const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    $('link-text').textContent = state === 'waiting' ? 'Again in ' + left + ' s' : LINKS[state];
  };
  say();
  if (state === 'waiting') ticking = setInterval(say, 500);
  $('reconnect').hidden = state !== 'closed' && state !== 'waiting';
}

// ---- sending

async function send(text) {
  if (!text.trim() || text.length > LONGEST) return;
  problem('');
  const question = turn('user unsent', text);
  $('turns').append(question);
  keepDown(true);
  try {
    const job = await grizz.send(text, { conv: conversation.id, msg: uuid() });
    question.classList.remove('unsent');
    job.asked = text;
    show(job);
  } catch (error) {
    question.remove();
    const wait = error.retry_ms ? ' Try again in ' + Math.ceil(error.retry_ms / 1000) + ' s.' : '';
    problem((WORDS[error.code] ?? error.message) + wait);
    if (!$('text').value) $('text').value = text;
    sized();
  }
}

function sized() {
  const box = $('text');
  box.style.height = 'auto';
  const border = box.offsetHeight - box.clientHeight;
  box.style.height = Math.min(box.scrollHeight + border, 240) + 'px';
  $('send').disabled = !box.value.trim() || box.value.length > LONGEST;
  const left = LONGEST - box.value.length;
  $('count').textContent = left < 2_000 ? left + ' left' : '';
  $('count').classList.toggle('over', left < 0);
}

function submit(event) {
  event?.preventDefault();
  const text = $('text').value;
  if ($('send').disabled) return;
  $('text').value = '';
  sized();
  send(text);
}

async function copy(button) {
  const text = button.closest('.code').querySelector('code').textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch { // plain http away from localhost has no clipboard
    getSelection().selectAllChildren(button.closest('.code').querySelector('code'));
    button.textContent = 'Press Ctrl+C';
  }
  setTimeout(() => (button.textContent = 'Copy'), 1500);
}

const stop = () => grizz.jobs.forEach((job) => job.done || grizz.cancel(job.job));

// ---- the conversation so far

async function history(before) {
  const query = '?limit=' + PAGE + (before ? '&before=' + before : '');
  const page = await api('/api/conversations/' + conversation.id + '/messages' + query);
  const items = [], answered = new Set(page.items.map((item) => item.role !== 'user' && item.job));
  for (const message of page.items.toReversed()) { // oldest first
    const item = turn(message.role === 'user' ? 'user' : 'answer', message.content);
    items.push(item);
    if (message.role !== 'user') turns.set(message.job, item);
    else if (!answered.has(message.job)) items.push(open(message.job)); // its log or its record tells the rest
  }
  $('turns').prepend(...items);
  older = page.next;
  $('earlier').hidden = !older;
}

function open(job) {
  const answer = turn('answer');
  turns.set(job, answer);
  if (!grizz) waiting.push(job);
  else if (!grizz.jobs.has(job)) grizz.watch(job); // it stands on an older page
  return answer;
}

async function begin() {
  settings = await (await fetch('/client-config')).json();
  $('offline-model').hidden = !settings.offline_model;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  conversation = await api('/api/conversations/today?tz=' + encodeURIComponent(zone));
  $('day').textContent = new Date(conversation.conv_day + 'T12:00').toLocaleDateString(undefined,
    { weekday: 'long', day: 'numeric', month: 'long' });
  $('empty').hidden = false;
  await history();
  grizz = connect({
    url: settings.ws, token, onState: link, onJob: show, onError: (error) => problem(error.message),
    key: 'grizz.' + (localStorage.getItem(USER) ?? 'user'),
  });
  grizz.jobs.forEach((job) => show(job));
  waiting.forEach((job) => grizz.jobs.has(job) || grizz.watch(job));
  keepDown(true);
}

$('composer').addEventListener('submit', submit);
$('text').addEventListener('input', sized);
$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
});
addEventListener('keydown', (event) => event.key === 'Escape' && running() && stop());
let down = true; // a keyboard or a turned phone must not scroll the newest line away
main.addEventListener('scroll', () => ($('latest').hidden = down = atBottom()));
new ResizeObserver(() => keepDown(down)).observe(main);
$('stop').addEventListener('click', stop);
$('latest').addEventListener('click', () => keepDown(true));
$('reconnect').addEventListener('click', () => grizz.open());
$('problem-close').addEventListener('click', () => problem(''));
$('earlier').addEventListener('click', () => history(older));
$('turns').addEventListener('click', ({ target }) => target.dataset.copy && copy(target));
$('starts').addEventListener('click', (event) => event.target.tagName === 'BUTTON' && send(event.target.textContent));
begin().catch((error) => problem(error.message));
