/** Markdown as blocks: what models write, and what somebody hostile might. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from '../../main/resources/web/markdown.js';

const kinds = (text) => parse(text).map(({ kind }) => kind);

describe('blocks', () => {
  for (const [text, expected] of [
    ['', []], ['a\nb\n\nc', ['text', 'text']], ['# a\ntext', ['heading', 'text']], ['- a\n- b', ['list']],
    ['1. a\n2. b', ['list']], ['> q\n> r', ['quote']], ['---', ['rule']], ['```js\n1\n```\nafter', ['code', 'text']],
    ['| a | b |\n|---|---|\n| 1 | 2 |', ['table']], ['| not | a table |', ['text']], ['text\n- a', ['text', 'list']],
    ['a\r\n\r\nb', ['text', 'text']], ['-', ['list']], ['#hashtag', ['text']],
  ]) it(JSON.stringify(text), () => assert.deepEqual(kinds(text), expected));

  it('keep code as it is, also while its end is not there yet', () => {
    assert.deepEqual(parse('```java\nif (a < b) {\n\n  # no heading'),
      [{ kind: 'code', lang: 'java', text: 'if (a < b) {\n\n  # no heading' }]);
    assert.equal(parse('~~~\n```\n~~~')[0].text, '```');
  });

  it('nest lists by their indent', () => {
    assert.deepEqual(parse('- a\n  - b\n    1. c\n- d')[0].items.map(({ depth, number }) => [depth, number]),
      [[1, undefined], [2, undefined], [3, 1], [1, undefined]]);
  });
});

describe('hostile text', () => {
  for (const text of ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '[a](javascript:alert(1))'])
    it('stays text: ' + text, () => assert.deepEqual(parse(text), [{ kind: 'text', text }]));

  for (const piece of ['*', '`', '[', '**a', '- ', '> ', '| a ', '```', '[a](', '_ ', '1. ', '    - '])
    it('takes no time: ' + JSON.stringify(piece), () => {
      const began = performance.now();
      parse(piece.repeat(20_000));
      parse((piece + '\n').repeat(5_000));
      assert.ok(performance.now() - began < 1_000);
    });
});
