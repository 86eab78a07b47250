import test from 'ava';
import { readUrl } from '../src/dlrn/remote-url.ts';

test('a URL is sent, and shown, as the libraries of DLRN have it', (t) => {
  const urls: readonly (readonly [text: string, href: string, target?: string])[] = [
    ['http://127.0.0.1:6080/x', 'http://127.0.0.1:6080/x', '/x'],
    [' HTTP://Trunk.Example', 'http://trunk.example/', '/'],
    ['http://h:80/', 'http://h:80/'],
    ['http://h:0080/', 'http://h:80/'],
    ['http://h:/', 'http://h/'],
    ['https://u:p@h/a b?c d#e f', 'https://u:p@h/a%20b?c%20d#e%20f', '/a%20b?c%20d'],
    ['http://h/%7e/%c3%a9/é|', 'http://h/~/%C3%A9/%C3%A9%7C'],
    // One stray sign, and all the others are no escapes.
    ['http://h/%7e/%zz', 'http://h/%257E/%25zz'],
    ['http://h/a/./b/../c/..', 'http://h/a/'],
    ['http://h/../x', 'http://h/x'],
    ['http://h\\x', 'http://h/%5Cx'],
    ['http://[::1]:8/x', 'http://[::1]:8/x'],
    ['http://é.example/', 'http://xn--9ca.example/'],
    ['http://h?', 'http://h/'],
  ];
  for (const [text, href, target] of urls) {
    const url = readUrl(text);
    t.is(url.href, href, text);
    if (target !== undefined) t.is(url.target, target, text);
  }
  t.like(readUrl('https://[::1]/x'), { scheme: 'https', host: '::1', port: 443 });
});

test('what is none is refused in their words', (t) => {
  const noScheme = (url: string, shown = `'${url}'`): string =>
    `Invalid URL ${shown}: No scheme supplied. Perhaps you meant https://${url}?`;
  const texts: readonly (readonly [string, string])[] = [
    ['nonsense', noScheme('nonsense')],
    ["it's", noScheme("it's", `"it's"`)],
    ['/x', noScheme('/x')],
    ['', noScheme('')],
    ['not a url/x', "Failed to parse: Host 'not a url' contains invalid character ' '"],
    ['http://a b:x/', "Failed to parse: Host 'a b:x' contains invalid character ' '"],
    ['http://a\tb/', String.raw`Failed to parse: Host 'a\tb' contains invalid character '\t'`],
    ['http://h:x/', "Failed to parse: 'h:x' is not a valid host or port"],
    ['http://h:700000/', "Failed to parse: 'h:700000' is not a valid host or port"],
    ['http://h:70000/', 'Failed to parse: http://h:70000/'],
    ['http://[::x]/', "Failed to parse: '[::x]' is not a valid host or port"],
    ['😀', "Failed to parse: Name '😀' is not a valid IDNA label"],
    ['http://', "Invalid URL 'http://': No host supplied"],
    ['http:x', "Invalid URL 'http:x': No host supplied"],
    ['http://:80/', "Invalid URL 'http://:80/': No host supplied"],
    ['http://*.example/', 'URL has an invalid label.'],
    ['ftp://h/x', "No connection adapters were found for 'ftp://h/x'"],
    ['a:b', "No connection adapters were found for 'a:b'"],
    ['httpx://H/x y', "No connection adapters were found for 'httpx://h/x%20y'"],
  ];
  for (const [text, message] of texts) t.throws(() => readUrl(text), { message }, text);
});
