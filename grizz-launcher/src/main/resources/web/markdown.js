/** The little Markdown that models write, as DOM nodes: paragraphs, headings, lists, code, bold. No HTML passes. */
const node = (name, ...children) => {
  const made = document.createElement(name);
  made.append(...children);
  return made;
};

/** `code` and **bold** in a line; all else is text. */
function inline(text) {
  return text.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).filter(Boolean).map((part) => {
    if (part.length > 2 && part.startsWith('`') && part.endsWith('`')) return node('code', part.slice(1, -1));
    if (part.length > 4 && part.startsWith('**') && part.endsWith('**')) return node('strong', part.slice(2, -2));
    return part;
  });
}

function code(language, lines) {
  const copy = node('button', 'Copy');
  copy.type = 'button';
  copy.className = 'quiet';
  copy.onclick = () => navigator.clipboard.writeText(lines.join('\n')).then(() => (copy.textContent = 'Copied'));
  const block = node('div', node('header', node('span', language || 'code'), copy), node('pre', node('code', lines.join('\n'))));
  block.className = 'code';
  return block;
}

/** The text as nodes; what is not finished yet is shown as far as it goes. */
export function render(text) {
  const nodes = [], lines = text.split('\n');
  let paragraph = [], list = null;
  const flush = () => {
    if (paragraph.length) nodes.push(node('p', ...inline(paragraph.join('\n'))));
    if (list) nodes.push(list);
    paragraph = [];
    list = null;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i], fence = /^\s*```(\w*)/.exec(line), heading = /^#{1,4} (.+)/.exec(line);
    const item = /^\s*(?:[-*]|(\d+)\.) (.*)/.exec(line);
    if (fence) {
      flush();
      const body = [];
      while (++i < lines.length && !/^\s*```/.test(lines[i])) body.push(lines[i]);
      nodes.push(code(fence[1], body));
    } else if (heading) {
      flush();
      nodes.push(node('h3', ...inline(heading[1])));
    } else if (item) {
      if (!list) {
        flush();
        list = node(item[1] ? 'ol' : 'ul');
      }
      list.append(node('li', ...inline(item[2])));
    } else if (!line.trim()) flush();
    else {
      if (list) flush();
      paragraph.push(line);
    }
  }
  flush();
  return nodes;
}
