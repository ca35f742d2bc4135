/**
 * The little Markdown that models write, as DOM nodes. Text only ever becomes text nodes, and links only http(s),
 * so nothing in an answer can become markup, script or style.
 *
 * Blocks are parsed from the whole text each time, and only those that changed are drawn again: while an answer
 * streams this is the last one, so a selection or a focused button further up stays.
 */
const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)/, HEADING = /^(#{1,6}) +(.+?)(?: +#+)?$/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])(?: +(.*)|$)/, QUOTE = /^ {0,3}> ?(.*)$/, RULE = /^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|_{3,})$/;
const ROW = /^\s*\|.*\|\s*$/, DASHES = /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/;
const INLINE = /(`{1,3})(?!`)(.+?)\1(?!`)|\*\*(?=\S)(.+?)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]+)\*(?![\w*])|\[([^[\]\n]+)\]\((https?:\/\/[^\s()]+)\)/gs;

/** The blocks of a text: `{kind, …}` with kind code, heading, list, quote, table, rule or text. */
export function parse(source) {
  const lines = source.replace(/\r\n?/g, '\n').split('\n'), blocks = [];
  let at = 0;
  const take = (pattern) => {
    const taken = [];
    while (at < lines.length && pattern.test(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    let match;
    if (!line.trim()) at++;
    else if ((match = FENCE.exec(line))) {
      const end = lines.findIndex((other, i) => i > at && other.trim().startsWith(match[1]) && !other.trim().slice(match[1].length).trim());
      blocks.push({ kind: 'code', lang: match[2], text: lines.slice(at + 1, end < 0 ? undefined : end).join('\n') });
      at = end < 0 ? lines.length : end + 1;
    } else if ((match = HEADING.exec(line))) {
      blocks.push({ kind: 'heading', level: match[1].length, text: match[2] });
      at++;
    } else if (RULE.test(line)) {
      blocks.push({ kind: 'rule' });
      at++;
    } else if (QUOTE.test(line)) {
      blocks.push({ kind: 'quote', text: take(QUOTE).map((quoted) => QUOTE.exec(quoted)[1]).join('\n') });
    } else if (ITEM.test(line)) blocks.push(list());
    else if (ROW.test(line) && DASHES.test(lines[at + 1] ?? '')) {
      const [head, , ...rows] = take(ROW).map((row) => row.trim().slice(1, -1).split('|').map((cell) => cell.trim()));
      blocks.push({ kind: 'table', head, rows });
    } else {
      const text = [lines[at++]];
      while (at < lines.length && lines[at].trim() && ![FENCE, HEADING, ITEM, QUOTE, RULE].some((it) => it.test(lines[at]))) text.push(lines[at++]);
      blocks.push({ kind: 'text', text: text.join('\n') });
    }
  }
  return blocks;

  function list() { // items with their depth; a deeper indent than the item above is one level more
    const items = [], indents = [];
    for (let match; at < lines.length; at++) {
      if ((match = ITEM.exec(lines[at]))) {
        const indent = match[1].length;
        while (indents.length && indents.at(-1) > indent) indents.pop();
        if (indents.at(-1) !== indent) indents.push(indent);
        items.push({ depth: Math.min(indents.length, 6), number: match[2] && +match[2], text: match[3] ?? '' });
      } else if (!lines[at].trim()) {
        if (!ITEM.test(lines[at + 1] ?? '')) break;
      } else if (/^\s{2,}/.test(lines[at]) && !FENCE.test(lines[at])) items.at(-1).text += '\n' + lines[at].trim();
      else break;
    }
    return { kind: 'list', items };
  }
}

/** Makes `parent` show `source`; `drawn` is what the last call returned for the same parent. */
export function draw(parent, source, drawn = []) {
  const blocks = parse(source).map((block) => ({ ...block, as: JSON.stringify(block) }));
  blocks.forEach((block, i) => {
    const old = drawn[i];
    if (old?.as === block.as) block.node = old.node;
    else if (old?.kind === 'code' && block.kind === 'code' && old.lang === block.lang) {
      block.node = old.node; // only its text grew: keep its button and where it is scrolled to
      block.node.querySelector('code').textContent = block.text;
    } else {
      block.node = node(block);
      if (old) old.node.replaceWith(block.node);
      else parent.append(block.node);
    }
  });
  drawn.slice(blocks.length).forEach((old) => old.node.remove());
  return blocks;
}

/** An element with a class and children, which are nodes or text. */
export function el(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

function node(block) {
  switch (block.kind) {
    case 'code': return code(block);
    case 'heading': return el(block.level < 3 ? 'h3' : 'h4', '', ...inline(block.text));
    case 'quote': return el('blockquote', '', ...inline(block.text));
    case 'rule': return el('hr');
    case 'list': return nest(block.items);
    case 'table': return table(block);
    default: return el('p', '', ...inline(block.text));
  }
}

function code({ lang, text }) {
  const copy = el('button', 'quiet', 'Copy');
  copy.type = 'button';
  copy.dataset.copy = 'code';
  const pre = el('pre', '', el('code', '', text));
  pre.tabIndex = 0; // a long line scrolls: by keyboard too
  return el('div', 'code', el('header', '', el('span', '', lang || 'text'), copy), pre);
}

function nest(items) {
  const stack = [];
  for (const { depth, number, text } of items) {
    while (stack.length > depth) stack.pop();
    if (stack.length < depth) {
      const made = el(number === undefined ? 'ul' : 'ol');
      if (number > 1) made.start = number;
      stack.at(-1)?.lastElementChild.append(made);
      stack.push(made);
    }
    stack.at(-1).append(el('li', '', ...inline(text)));
  }
  return stack[0];
}

function table({ head, rows }) {
  const cells = (name, row) => el('tr', '', ...row.map((cell) => el(name, '', ...inline(cell))));
  const made = el('table', '', el('thead', '', cells('th', head)), el('tbody', '', ...rows.map((row) => cells('td', row))));
  return el('div', 'wide', made);
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [all, , code, bold, italic, label, url] = match;
    if (match.index > from) nodes.push(text.slice(from, match.index));
    if (code) nodes.push(el('code', '', code.trim() || code));
    else if (bold) nodes.push(el('strong', '', ...inline(bold)));
    else if (italic) nodes.push(el('em', '', ...inline(italic)));
    else {
      const link = el('a', '', label);
      Object.assign(link, { href: url, target: '_blank', rel: 'noopener noreferrer' });
      nodes.push(link);
    }
    from = match.index + all.length;
  }
  return [...nodes, text.slice(from)];
}
