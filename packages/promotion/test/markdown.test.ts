import test from 'ava';
import { logLink, plainText } from '../src/plan/markdown.ts';

test('what a server or a voter wrote is text in a summary, and nothing else', (t) => {
  t.is(plainText('job failed'), 'job failed');
  t.is(plainText('a\n\n### done: <img src=x> [x](y) `z`'), 'a ### done: \\<img src=x\\> \\[x\\](y) \\`z\\`');
  t.is(plainText('# head'), '\\# head');
  t.is(plainText('\u001b[31mred'), ' \\[31mred');
});

test('a log is linked when it is an address, and stays one', (t) => {
  t.is(logLink(null), '');
  t.is(logLink('https://logs.example/1?a=b'), ' ([log](https://logs.example/1?a=b))');
  t.is(logLink('javascript:alert(1)'), '');
  t.is(logLink('not an address'), '');
  t.is(
    logLink('http://x/1)) \n\n### done: promoted\n<img src=y>'),
    ' ([log](http://x/1%29%29%20###%20done:%20promoted%3Cimg%20src=y%3E))',
  );
});
