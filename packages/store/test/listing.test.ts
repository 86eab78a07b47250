import test from 'ava';
import { parseListing } from '../src/listing.ts';
import { parsePath } from '../src/path.ts';

const nginx = `<html><body><h1>Index of /</h1><hr><pre><a href="../">../</a>
<a href="current-tripleo/">current-tripleo/</a>      21-Nov-2025 10:00       -
<a href="a%20b.tar">a b.tar</a>                      21-Nov-2025 10:00     123
</pre></body></html>`;
const apache = `<table><tr><th><a href="?C=N;O=D">Name</a></th></tr><tr><td><a href="/rdo/">Parent Directory</a></td></tr>
<tr><td><a class="x" href="hash/">hash/</a></td></tr><tr><td><a href="x.md5">x.md5</a></td></tr>
<a href="https://httpd.example/">server</a></table>`;
const json = `[{"name":"b","type":"directory","mtime":"Fri, 21 Nov 2025 10:00:00 GMT"},
{"name":"a","type":"file","mtime":"Fri, 21 Nov 2025 10:00:00 GMT","size":12}]`;

const parse = (text: string, type = 'text/html'): ReturnType<typeof parseListing> => parseListing(text, type, 'GET x/');

test('reads listings of nginx and Apache', (t) => {
  const kinds = (text: string): unknown => parse(text).map(({ name, kind }) => `${kind} ${name}`);
  t.deepEqual(kinds(nginx), ['file a b.tar', 'directory current-tripleo']);
  t.deepEqual(kinds(apache), ['directory hash', 'file x.md5']);
  t.deepEqual(parse(json, 'application/json; charset=utf-8'), [
    { name: 'a', kind: 'file', size: 12, modified: Date.UTC(2025, 10, 21, 10) },
    { name: 'b', kind: 'directory', size: null, modified: Date.UTC(2025, 10, 21, 10) },
  ]);
});

const hostile = [
  ...['..', '.', '', '../up', '..%2fup', '%2e%2e', '%2e%2e/', '/etc/passwd', '%2fetc', 'a%2Fb', 'a/b', 'a\\b', 'a%5cb'],
  ...['a\nb', 'a%0ab', 'a%00', 'a%7f', '%', '%ff', 'http://evil.example/x', '//evil.example', '?C=N', '#top'],
  ...['\ud800', 'javascript:alert(1)', 'file:///etc/passwd', '..;/x', './/x', './../x'],
];

for (const name of hostile) {
  test(`no listing yields a name that is no path: ${JSON.stringify(name)}`, (t) => {
    const html = parse(`<a href="${name}">x</a><a href="good">good</a>`);
    const found = parse(JSON.stringify([{ name, type: 'file' }, { name: 'good' }]), 'application/json');
    for (const entries of [html, found]) {
      for (const entry of entries) t.is(parsePath(entry.name), entry.name);
      for (const entry of entries) t.false(entry.name.includes('/'));
      t.true(entries.some((entry) => entry.name === 'good'));
    }
    t.deepEqual(
      html.map((entry) => entry.name),
      ['good'],
    );
  });
}

const sizes: readonly (readonly [json: string, size: number | null])[] = [
  ['0', 0],
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', null],
  ['1e300', null],
  ['1e999', null],
  ['-1', null],
  ['1.5', null],
  ['"12"', null],
  ['null', null],
];

for (const [size, expected] of sizes) {
  test(`a listing's size of ${size} reads as ${expected}`, (t) => {
    t.is(parse(`[{"name":"a","size":${size}}]`, 'application/json')[0]?.size, expected);
  });
}

const none: readonly (readonly [what: string, text: string, type: string, message: RegExp])[] = [
  ['JSON that is cut off', '[{"name":"a"', 'application/json', /is not JSON/],
  ['JSON of another kind', '{"error":"no"}', 'application/json', /no array/],
  ['a page of another type', '<list><file>a</file></list>', 'text/xml', /has the type "text\/xml"/],
  ['a file', 'bytes', 'application/octet-stream', /has the type/],
  ['what has no type', '<a href="a">a</a>', '', /has the type ""/],
];

for (const [what, text, type, message] of none) {
  test(`${what} is no listing`, (t) => {
    const error = t.throws(() => parse(text, type), { code: 'failed', message });
    t.regex(error?.message ?? '', /^GET x\/: is no listing of a folder/);
    t.like(error, {
      name: 'StoreError',
      next: 'Switch on the listings of the web server: as text/html (nginx, Apache) or application/json (nginx).',
    });
  });
}

test('leaves out what is no entry, and lists a name once', (t) => {
  const text = '[1, null, "a", [], {}, {"name":7}, {"name":"a","size":1}, {"name":"a","size":2}]';
  t.deepEqual(parse(text, 'application/json'), [{ name: 'a', kind: 'file', size: 2, modified: null }]);
  t.deepEqual(
    parse('<a data-href="no" href="a">a</a><a href="a">a</a><abbr href="b">b</abbr>').map(({ name }) => name),
    ['a'],
  );
});

test('a hundred thousand entries, and a page made to be slow, take no more work than their length', (t) => {
  const links = Array.from({ length: 100_000 }, (_, index) => `<a href="f${index}">f</a>\n`).join('');
  t.is(parse(links).length, 100_000);
  for (const piece of ['<a ', '<a href="', '<a x ', ' ', '<a  href='])
    t.true(parse(piece.repeat(300_000)).length <= 1, piece);
});
