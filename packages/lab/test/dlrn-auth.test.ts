import test from 'ava';
import { hasCredentials } from '../src/dlrn/basic-auth.ts';
import { pythonBase64 } from '../src/dlrn/python-base64.ts';

const account = { username: 'ciuser', password: 'cipass' };
const known = Buffer.from('ciuser:cipass').toString('base64');
const unpadded = Buffer.from('ciuser:cipassword').toString('base64').replaceAll('=', '');

test('credentials are read as loosely as DLRN reads them', (t) => {
  const headers: readonly (readonly [string | undefined, boolean])[] = [
    [`Basic ${known}`, true],
    [`basic ${known}`, true],
    [`Bearer ${known}`, true],
    [`Basic  !${known}`, true],
    [`Basic ${known} x`, true],
    [`Basic ${known}, x`, true],
    [`Basic ${known}==`, true],
    [`Basic x${known}`, false],
    [`Basic\t${known}`, false],
    [`Basic ${unpadded}`, false],
    [`Basic ${known.slice(0, -2)}`, false],
    [`Basic ${Buffer.from('ciuser:cipass:').toString('base64')}`, false],
    [known, false],
    ['Basic', false],
    [undefined, false],
  ];
  for (const [header, isIn] of headers) t.is(hasCredentials(header, account), isIn, header);
});

test('base64 ends where its padding does, and has whole groups', (t) => {
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['', ''],
    ['YWJj', 'abc'],
    ['YW Jj\n', 'abc'],
    ['YWI=', 'ab'],
    ['YWI=YWJj', 'ab'],
    ['YQ==', 'a'],
    ['YQ=', undefined],
    ['YQ=Y', undefined],
    ['YQ=YWI=', undefined],
    ['YQ=YWJj', undefined],
    ['=YWJj', 'abc'],
    ['YWJjY', undefined],
    ['YWJ-_j', 'abc'],
  ];
  for (const [text, bytes] of texts) t.is(pythonBase64(text)?.toString(), bytes, text);
});
