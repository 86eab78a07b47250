import type { Question } from '../question.ts';

// In a query of GraphQL a brace is followed by a space, or it would be a placeholder.
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/%7B(\w+\.\w+)%7D/g, (_all, name: string) => `{${name}}`);

const query = (text: string, variables?: string): Question => ({
  name: `graphql: ${text}${variables === undefined ? '' : ` with ${variables}`}`,
  ask: `GET /api/graphql?query=${encode(text)}${variables === undefined ? '' : `&variables=${encode(variables)}`}`,
});
const posted = (name: string, json: unknown): Question => ({
  name: `graphql, posted: ${name}`,
  ask: 'POST /api/graphql',
  json,
  headers: { authorization: null },
});
const body = (text: string | Buffer, type: string | null = 'application/json'): Question => ({
  name: `graphql, posted as ${type}: ${text.toString()}`,
  ask: 'POST /api/graphql',
  text,
  headers: { authorization: null, 'content-type': type },
});
const node = (id: string): Question =>
  query(`{ node(id:"${Buffer.from(id).toString('base64')}"){ id __typename ... on Commit{ status } } }`);

const columns =
  'id type dtCommit dtDistro dtExtended dtBuild projectName commitHash distroHash extendedHash commitBranch status ' +
  'component artifacts notes flags versionsCsv';
const voteColumns = 'id ciName ciUrl ciVote ciInProgress timestamp notes user';
const good = 'commitHash:"{good.commit}",distroHash:"{good.distro}"';
const votesOfGood = (args: string): Question =>
  query(
    `{ commits(${good}){ civotes(${args}){ edges{ cursor node{ id ciName } } ` +
      `pageInfo{ hasNextPage hasPreviousPage startCursor endCursor } } } }`,
  );
const cursor = (text: string): string => Buffer.from(`arrayconnection:${text}`).toString('base64');

const everything: readonly Question[] = [
  query(`{ commits{ ${columns} repoDir distgitDir } }`),
  query(`{ civote{ ${voteColumns} commitId component commit{ projectName } } }`),
  query(`{ civoteAgg{ ${voteColumns} refHash } }`),
  query('{ packageStatus{ id projectName status lastSuccess firstFailureCommit } }'),
];

const commits: readonly Question[] = [
  ...['limit:2', 'limit:2,offset:1', 'limit:-1', 'limit:0', 'limit:1000', 'offset:-1,limit:1', 'offset:1000'],
  ...['status:"FAILED"', 'status:"RETRY"', 'status:""', 'status:"failed"', 'component:"compute"', 'component:"None"'],
  ...['projectName:"{good.project}"', 'projectName:"nothing"', good, 'commitHash:"{good.shard}"'],
  ...['extendedHash:"%"', 'extendedHash:"________________________________________"', 'extendedHash:""'],
].map((args) => query(`{ commits(${args}){ id status projectName } }`));

const votes: readonly Question[] = [
  ...['limit:3', 'limit:3,offset:2', 'limit:-1', 'ciName:"job"', 'ciName:"consistent"', 'ciVote:true', 'ciVote:false'],
  ...['ciInProgress:true', 'ciInProgress:false', 'timestamp:1600000000', 'timestamp:0', 'user:"ciuser"', 'user:"x"'],
  ...['component:"compute"', 'commitId:4', 'commitId:0', 'ciVote:false,ciInProgress:false,limit:1'],
].map((args) => query(`{ civote(${args}){ id commitId component ciName } }`));

const aggregateVotes: readonly Question[] = [
  ...['limit:1', 'refHash:"x"', 'ciName:"job"', 'ciVote:true', 'ciVote:false', 'ciInProgress:true', 'user:"ciuser"'],
  ...['timestamp:1600000000', 'component:"compute"', 'lastRefHash:true'],
].map((args) => query(`{ civoteAgg(${args}){ id refHash } }`));

const packages: readonly Question[] = [
  ...['status:"SUCCESS"', 'status:"FAILED"', 'status:"RETRY"', 'status:"NO_BUILD"', 'projectName:"{good.project}"'],
  ...['failed', 'retried', 'purged', 'nothing'].map((name) => `projectName:"${name}"`),
  ...['FAILED', 'RETRY', 'NO_BUILD'].map((status) => `projectName:"retried",status:"${status}"`),
].map((args) => query(`{ packageStatus(${args}){ id projectName status lastSuccess firstFailureCommit } }`));

const nodes: readonly Question[] = [
  ...['Commit:1', 'Commit:999', 'CIVote:1', 'CIVoteAgg:1', 'CIVoteAgg:999', 'Promotion:1', 'PackageStatus:1'],
  ...['Commit', 'Commit:', 'Commit:x', 'Commit:1:2', 'Commit: 1', 'Commit:1.0', 'Commit:0x1', 'commit:1', 'x', ''],
].map(node);

const pages: readonly Question[] = [
  ...['first:2', 'last:2', 'first:0', 'first:-1', 'first:-1000', 'last:0', 'last:-1', 'first:2,last:1'],
  ...[`after:"${cursor('1')}",first:1`, `before:"${cursor('2')}",last:1`, `before:"${cursor('1000')}",first:1000`],
  ...[`after:"${cursor('-1')}"`, `after:"${cursor('-5')}"`, `after:"${cursor('x')}"`, 'after:"x"', 'after:""'],
].map(votesOfGood);

const limited = 'query($l:Int){ commits(limit:$l){ id } }';
const variables: readonly Question[] = [
  ...[
    '{"l":2}',
    '{"l":"2"}',
    '{"l":"2.9"}',
    '{"l":2.5}',
    '{"l":true}',
    '{"l":null}',
    '{"m":2}',
    '{"l":"x"}',
    '{"l":[]}',
  ],
  ...[
    '{"l":99999999999}',
    '{"l":NaN}',
    '{"l":1e400}',
    'x',
    '',
    '{}',
    '[]',
    '[1]',
    '5',
    '1.5',
    '"x"',
    'null',
    'true',
    '0',
  ],
].map((value) => query(limited, value));

const wrong: readonly Question[] = [
  ...[' ', 'x', '{\n', '{ }', '{ commits', '{ commits(', '{ commits{ } }', '{ commits }', '{ commits(){ id } }'],
  ...[
    '{ promotions{ id } }',
    '{ commits{ nothing } }',
    '{ commits{ id{ x } } }',
    '{ metrics{ id } }',
    '{ node{ id } }',
  ],
  ...['{ commits(limit:null){ id } }', '{ commits(limit:"1"){ id } }', '{ commits(limit:1.5){ id } }'],
  ...['{ commits(limit:99999999999){ id } }', '{ commits(commitHash:5){ id } }', '{ commits(commitHash:[1]){ id } }'],
  ...['{ commits(where:{}){ id } }', '{ commits(limit:1,limit:2){ id } }', '{ civote(ciVote:"x"){ id } }'],
  ...[
    '{\n  commits(limit: ?){\n    id\n  }\n}\n',
    '{\ncommits(wrong:1){ id }\n}',
    '{\r\n\r\n nothing',
    '{ commits(commitHash:"x){ id } }',
    "{ commits(commitHash:'x'){ id } }",
  ],
  ...[
    '{ a:commits{ id } a:civote{ id } }',
    '{ ...F }',
    '{ commits{ ... on CIVote{ id } } }',
    '{ commits@nothing{ id } }',
  ],
  ...['query @skip(if:true){ commits{ id } }', '{ commits{ id @skip } }', '{ node(id:"x"){ status } }'],
  ...['fragment F on Commit{ id } { commits{ id } }', ' fragment F on Nothing{ id } { commits{ ...F } }'],
  ...['query($l:Int!){ commits(limit:$l){ id } }', 'query($l:Int){ commits{ id } }', '{ commits(limit:$l){ id } }'],
  ...['query($l:Nothing){ commits(limit:$l){ id } }', 'query($l:String){ commits(limit:$l){ id } }'],
  ...['query($l:Int="x"){ commits(limit:$l){ id } }', 'query A{ commits{ id } } query A{ commits{ id } }'],
  ...['query A{ commits{ id } } query B{ commits{ id } }', '{ commits{ id } } { commits{ id } }'],
  ...['mutation{ x }', 'subscription{ x }'],
].map((text) => query(text));

const one = '{ commits(limit:1){ id } }';
const two = 'query A{ commits(limit:1){ id } } query B($h:String!){ commits(projectName:$h){ id } }';
const posts: readonly Question[] = [
  posted('a query', { query: one }),
  { ...posted('a query by somebody', { query: one }), headers: {} },
  posted('one of two', { query: two, operationName: 'A' }),
  posted('the other of two', { query: two, operationName: 'B', variables: { h: '{good.project}' } }),
  ...[5, true, 1.5, ['x'], {}, null].map((h) =>
    posted(`a variable ${JSON.stringify(h)}`, { query: two, operationName: 'B', variables: { h } }),
  ),
  ...['C', 5, ['x'], ''].map((operationName) =>
    posted(`the operation ${JSON.stringify(operationName)}`, { query: one, operationName }),
  ),
  ...[[], [1], 5, 1.5, true, 'x', '[1]', '{"l":1}'].flatMap((value) => [
    posted(`variables ${JSON.stringify(value)}`, { query: limited, variables: value }),
    posted(`variables ${JSON.stringify(value)} that nobody wants`, { query: one, variables: value }),
  ]),
  ...[5, true, ['x'], {}, null].map((each) => posted(`${JSON.stringify(each)} for a query`, { query: each })),
  posted('nothing', {}),
  posted('a mutation', { query: 'mutation{ x }' }),
  posted('a subscription', { query: 'subscription{ x }' }),
  ...['', '{', '[]', `[{"query":"${one}"}]`, '"x"', `"it's"`, '"é\\n"', '5', '5.0', 'null', 'NaN'].map((text) =>
    body(text),
  ),
  body(`{"query":"${one}","more":NaN}`),
  body(`{"query":"${one}"}`, 'Application/JSON; charset=utf-8'),
  body(one, 'application/graphql'),
  body(`query=${encodeURIComponent(one)}`, 'application/x-www-form-urlencoded'),
  body(one, 'text/plain'),
  body(`{"query":"${one}"}`, null),
];

const methods: readonly Question[] = [
  ...['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method): Question => ({
    name: `graphql: ${method}`,
    ask: `${method} /api/graphql`,
  })),
  { name: 'graphql: HEAD of a query', ask: `HEAD /api/graphql?query=${encode(one)}` },
  { name: 'graphql: a slash at the end', ask: 'GET /api/graphql/' },
  { name: 'graphql: pretty', ask: `GET /api/graphql?query=${encode(one)}&pretty=1` },
  { name: 'graphql: pretty, and wrong', ask: `GET /api/graphql?query=${encode('{ nothing }')}&pretty=1` },
  { name: 'graphql: wrong credentials', ask: `GET /api/graphql?query=${encode(one)}`, headers: { authorization: 'x' } },
];

const schema: readonly Question[] = [
  ...['Query', 'Commit', 'CIVote', 'CIVoteAgg', 'PackageStatus', 'CIVoteConnection', 'PageInfo', 'Promotion'].map(
    (name) =>
      query(
        `{ __type(name:"${name}"){ kind interfaces{ name } ` +
          'fields{ name args{ name type{ name } } type{ kind name ofType{ kind name } } } } }',
      ),
  ),
  query('{ __typename commits(limit:1){ __typename } }'),
];

/** What GraphQL tells: when there are votes, and of what is wrong with a query. */
export const graphql: readonly Question[] = [
  ...[everything, commits, votes, aggregateVotes, packages, nodes, pages],
  ...[variables, wrong, posts, methods, schema],
].flat();

/** What it tells when something has happened since. */
export const graphqlLater = (when: string): readonly Question[] =>
  everything.map((question) => ({ ...question, name: `${question.name}, ${when}` }));
