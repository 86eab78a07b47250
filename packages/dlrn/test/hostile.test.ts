import test from 'ava';
import { withoutEndSlash } from '@tagflow/http';
import { excerptOf, isHtml, wordsOf } from '../src/answer.ts';
import { parseCommitYaml, parseDeloreanRepo, parseVersionsCsv } from '../src/index.ts';
import { memberAt } from '../src/repo-url.ts';
import { bench } from './bench.ts';
import { failsWith } from './client-suite.ts';
import { parseLabel } from '@tagflow/model';

// Whatever a server sends: the work is bounded by what is looked at, not by the square of what came. Each of these
// took 10 to 40 seconds of CPU once, in which no signal was heard.
const many = 200_000;

test('an excerpt is made of the beginning alone', (t) => {
  t.regex(excerptOf('<'.repeat(many)), /^"<{200}…"$/);
  t.is(excerptOf('<title>'.repeat(many / 7)), '"<"');
  t.is(excerptOf(`a${' '.repeat(many)}b`), '"a"');
  t.false(isHtml(`${' '.repeat(many)}<html>`));
});

test('files of odd sizes are refused, or read', (t) => {
  const slashes = `[a]\nbaseurl=http://h${'/'.repeat(many)}\n`;
  t.deepEqual(parseDeloreanRepo(slashes, 'F'), [{ id: 'a', baseurl: 'http://h' }]);
  const keys = Array.from({ length: many / 10 }, (_, index) => `   k${index}: 1\n`).join('');
  t.throws(() => parseCommitYaml(`commits:\n - a: b\n${keys}`, 'F'), { message: /commit_hash/ });
  t.throws(() => parseVersionsCsv(`Project,Source Sha\n${',"'.repeat(many / 2)}`, 'F'), { message: /expected a row/ });
});

test('words of a server are one line, short, and do not steer a terminal', (t) => {
  t.is(wordsOf('a\n::error::b\u001b[31mc\r\n'), 'a ::error::b [31mc');
  t.is(wordsOf('x'.repeat(5000)).length, 401);
  t.is(withoutEndSlash('http://h/p///'), 'http://h/p');
});

test('a component is a name, or the file is refused', (t) => {
  const hash = `4d/37/4d37${'e'.repeat(36)}_fe857747`;
  t.is(memberAt(`http://h/component/tripleo/${hash}`)?.component, 'tripleo');
  for (const name of ['..', 'a b', 'ev?il#', 'x%0a']) t.is(memberAt(`http://h/component/${name}/${hash}`), null);
  const yaml = (component: string): string =>
    `commits:\n- commit_hash: ${'a'.repeat(40)}\n  distro_hash: ${'b'.repeat(40)}\n  component: ${JSON.stringify(component)}\n`;
  t.is(parseCommitYaml(yaml('tripleo'), 'F').build.component, 'tripleo');
  for (const name of ['../../x', 'x\n::error::pwn', '$(id)', '-x', 'a/b']) {
    t.throws(() => parseCommitYaml(yaml(name), 'F'), { message: /^F: component ".* is not a name/ }, name);
  }
});

test('a file that is far too long is not read to its end', async (t) => {
  const { tree, fail } = await bench(t, 'component');
  fail({ status: 200, body: 'a'.repeat(5000), contentType: 'text/plain' }, ({ path }) => path.endsWith('.md5'));
  const error = await failsWith(t, 'unexpected-answer', () => tree.pinLabel(parseLabel('label')));
  t.regex(error.message, /delorean\.repo\.md5: the answer is longer than 1024 bytes/);
});
