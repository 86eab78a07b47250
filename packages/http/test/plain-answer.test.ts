import test from 'ava';
import { nothingYet, readBody, readHead } from '../src/plain-answer.ts';

const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const answer = `${head}3\r\nhel\r\nA;x=y\r\nlo, world!\r\n0\r\n\r\n`;
const options = { method: 'GET', longest: 100 } as const;

for (const size of [1, 2, 3, 7, 1000]) {
  test(`chunks that come ${size} bytes at a time are put together`, (t) => {
    const incoming = nothingYet();
    const said: (string | null | undefined)[] = [];
    for (let at = 0; at < answer.length; at += size) {
      incoming.text += answer.slice(at, at + size);
      const found = readHead(incoming.text);
      if (found !== undefined && found !== null) said.push(readBody(incoming, found, options));
    }
    t.is(said.pop(), 'hello, world!');
    t.true(said.every((body) => body === undefined));
  });
}

test('what was understood of a chunked answer is not looked at again', (t) => {
  const incoming = { ...nothingYet(), text: `${head}3\r\nhel\r\nA\r\nlo` };
  const found = readHead(incoming.text);
  if (found === undefined || found === null) return t.fail();
  t.is(readBody(incoming, found, options), undefined);
  t.deepEqual(incoming, { text: `${head}A\r\nlo`, body: 'hel', enough: head.length + 'A\r\nlo, world!\r\n'.length });
});

test('what was taken out of a chunked answer counts for its length', (t) => {
  const incoming = { ...nothingYet(), text: `${head}3c\r\n${'x'.repeat(60)}\r\n3c\r\n` };
  const found = readHead(incoming.text);
  if (found === undefined || found === null) return t.fail();
  t.is(readBody(incoming, found, options), undefined);
  incoming.text += `${'x'.repeat(60)}\r\n`;
  t.is(readBody(incoming, found, options), null);
});
