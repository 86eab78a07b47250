import test from 'ava';
import { fetchPlain, type PlainAnswer } from '../src/fetch.ts';
import { type DlrnUnderTest, json } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

function send(dlrn: DlrnUnderTest, body: unknown): Promise<PlainAnswer> {
  const options = { method: 'POST', headers: { 'content-type': json }, body: JSON.stringify(body) };
  return fetchPlain(`${dlrn.apiUrl}/api/graphql`, options);
}

const mistakes: readonly (readonly [query: string, ...messages: string[]])[] = [
  ['{', 'Syntax Error GraphQL (1:2) Expected Name, found EOF\n\n1: {\n    ^\n'],
  ['{ }', 'Syntax Error GraphQL (1:3) Expected Name, found }\n\n1: { }\n     ^\n'],
  ['x', 'Syntax Error GraphQL (1:1) Unexpected Name "x"\n\n1: x\n   ^\n'],
  [
    '{commits(limit 1){id}}',
    'Syntax Error GraphQL (1:16) Expected :, found Int "1"\n\n1: {commits(limit 1){id}}\n                  ^\n',
  ],
  [
    '{commits(limit:null){id}}',
    'Syntax Error GraphQL (1:16) Unexpected Name "null"\n\n1: {commits(limit:null){id}}\n                  ^\n',
  ],
  [
    '{\n  commits(a: ?)\n}',
    'Syntax Error GraphQL (2:14) Unexpected character "?".\n\n1: {\n2:   commits(a: ?)\n                ^\n3: }\n',
  ],
  ['{promotions{id}}', 'Cannot query field "promotions" on type "Query".'],
  ['{commits}', 'Field "commits" of type "[Commit]" must have a sub selection.'],
  ['{commits{id{x}}}', 'Field "id" of type "ID!" must not have a sub selection.'],
  ['{commits(where:1){id}}', 'Unknown argument "where" on field "commits" of type "Query".'],
  ['{node{id}}', 'Field "node" argument "id" of type "ID!" is required but not provided.'],
  ['{commits{id @skip}}', 'Directive "skip" argument "if" of type "Boolean!" is required but not provided.'],
  ['{commits{id @nothing}}', 'Unknown directive "nothing".'],
  ['{commits(limit:"1"){id}}', 'Argument "limit" has invalid value "1".\nExpected type "Int", found "1".'],
  [
    'query($l:Int="1"){commits(limit:$l){id}}',
    'Variable "$l" of type "Int" has invalid default value: "1".\nExpected type "Int", found "1".',
  ],
  ['query($l:String){commits(limit:$l){id}}', 'Variable "l" of type "String" used in position expecting type "Int".'],
  [
    '{commits{... on CIVote{id}}}',
    'Fragment cannot be spread here as objects of type Commit can never be of type CIVote',
  ],
];

test('a query that is wrong is refused in the words of the library that DLRN uses', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  for (const [query, ...messages] of mistakes) {
    const { status, text } = await send(dlrn, { query });
    const { errors } = JSON.parse(text) as { readonly errors: readonly { readonly message: string }[] };
    t.deepEqual([status, errors.map(({ message }) => message)], [400, messages], query);
  }
  // The very first place of a text is taken for none.
  t.false((await send(dlrn, { query: 'query($l:Int){commits{id}}' })).text.includes('"column":1}'));
  // The first letter of a line is taken for the end of the line before.
  t.true((await send(dlrn, { query: '{\nnothing}' })).text.includes('"locations":[{"line":1,"column":2}]'));
  t.true((await send(dlrn, { query: 'x' })).text.includes('"locations":[{"line":1,"column":1}]'));
  await lab.close();
});

const limited = 'query($l:Int){commits(limit:$l){status}}';
const named = 'query($h:String!){commits(projectName:$h){id}}';
const noGet = (type: string): string => `'${type}' object has no attribute 'get'`;
const values: readonly (readonly [query: string, variables: unknown, found: number | string])[] = [
  [limited, { l: 2 }, 2],
  [limited, { l: '2' }, 2],
  [limited, { l: '2.9' }, 2],
  [limited, { l: 2.9 }, 2],
  [limited, { l: true }, 1],
  [limited, { l: null }, 9],
  [limited, { m: 2 }, 9],
  [limited, '{"l":2}', 2],
  [limited, [], 9],
  [limited, 0, 9],
  [limited, [1], noGet('list')],
  [limited, 5, noGet('int')],
  [limited, 1.5, noGet('float')],
  [limited, true, noGet('bool')],
  [limited, '"x"', noGet('str')],
  [limited, 'x', 'Variables are invalid JSON.'],
  ['{commits{status}}', [1], 9],
  [limited, { l: 'x' }, "could not convert string to float: 'x'"],
  [limited, '{"l":NaN}', 'cannot convert float NaN to integer'],
  [limited, { l: [] }, "int() argument must be a string, a bytes-like object or a real number, not 'list'"],
  [limited, { l: 99_999_999_999 }, 'Int cannot represent non 32-bit signed integer value: 99999999999'],
  [named, { h: 5 }, 0],
  [named, { h: null }, 'Variable "$h" of required type "String!" was not provided.'],
];

test('variables are read as Python reads them, and looked at when they are wanted', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  for (const [query, variables, found] of values) {
    const { status, text } = await send(dlrn, { query, variables });
    const { data, errors } = JSON.parse(text) as {
      readonly data?: { readonly commits: readonly unknown[] };
      readonly errors?: readonly { readonly message: string }[];
    };
    const seen = data?.commits.length ?? errors?.[0]?.message;
    t.deepEqual([status, seen], [typeof found === 'number' ? 200 : 400, found], JSON.stringify(variables));
  }
  await lab.close();
});
