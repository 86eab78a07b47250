import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, lstatSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LabDlrn, LabRegistry } from '@tagflow/lab';
import type { Lane } from './lane.ts';

/**
 * Returns the digest of everything that a dead command left behind and that the next one can read: DLRN's rows and
 * tree, the registries, the image store, and the ledger unless it is lost. Two equal digests are one situation, and the
 * next command does the same in both. What is random or tells the time is left out: ports, ids, process numbers, clocks.
 */
export function digestOfLeftBehind({ world, ledgerFile }: Lane, ledger: 'kept' | 'lost'): string {
  const { root, dlrn, rdo, docker } = world.lab;
  const lines = [
    ...dlrnLines(dlrn),
    ...tagLines(rdo),
    ...tagLines(docker),
    ...folderLines(join(root, 'images')),
    ...(ledger === 'kept' ? ledgerLines(ledgerFile, join(root, 'ledger-copy')) : []),
  ];
  const numbers = createNumbers();
  const named = numbers.of(lines.join('\n'));
  const held = [rdo, docker].flatMap((registry) =>
    registry.repositories().map((repository) => {
      const things = registry.holdings(repository).map(({ digest, size }) => numbers.held(digest, size));
      return `${repository}: ${things.sort().join(', ')}`;
    }),
  );
  const text = [named, ...held]
    .join('\n')
    .replaceAll(/\.[0-9a-f]{12}\.part\b/g, '.RANDOM.part')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .replaceAll(/\b1[0-9]{9}(?:[0-9]{3})?\b/g, 'MOMENT')
    .replaceAll(/\b\d{8}T\d{6}Z-[0-9a-z]{6}\b/g, 'PROMOTION')
    .replaceAll(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return createHash('sha256').update(text).digest('hex');
}

function dlrnLines({ state }: LabDlrn): readonly string[] {
  const { promotions, votes, aggregateVotes, tree } = state;
  const walk = (path: string): readonly string[] => {
    const target = tree.readLink(path);
    if (target !== null) return [`${path} -> ${target}`];
    const found = tree.find(path);
    if (found?.kind !== 'folder') return [`${path} ${found?.kind}`];
    return found.names.flatMap((name) => walk(path === '' ? name : `${path}/${name}`));
  };
  return [...[promotions, votes, aggregateVotes].flat().map((row) => JSON.stringify(row)), ...walk('')];
}

function tagLines(registry: LabRegistry): readonly string[] {
  return registry.repositories().flatMap((repository) => {
    const tags = registry.tags(repository);
    return [repository, ...tags.map((tag) => `${tag} ${registry.manifest(repository, tag)?.digest}`)];
  });
}

function folderLines(root: string): readonly string[] {
  return globSync('**/*', { cwd: root })
    .toSorted()
    .map((path) => {
      const place = join(root, path);
      const facts = lstatSync(place);
      if (facts.isSymbolicLink()) return `${path} -> ${readlinkSync(place)}`;
      if (!facts.isFile()) return path;
      const bytes = readFileSync(place);
      return `${path} ${path.endsWith('.json') ? `${bytes}` : createHash('sha256').update(bytes).digest('hex')}`;
    });
}

// From a copy, which the looking may change.
function ledgerLines(file: string, copy: string): readonly string[] {
  const suffixes = ['', '-wal', '-shm'];
  for (const suffix of suffixes) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  const database = new DatabaseSync(copy);
  try {
    const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").all();
    return tables.flatMap(({ name }) => {
      const rows = database.prepare(`select * from "${name}"`).all();
      return [`${name}`, ...rows.map((row) => JSON.stringify({ ...row, pid: null }))];
    });
  } finally {
    database.close();
    for (const suffix of suffixes) rmSync(copy + suffix, { force: true });
  }
}

/**
 * Returns a function that gives digests a number each, the same for each time that it is named: a digest that depends on
 * a port is another one in every lab. What is held without ever being named is told by its size.
 */
function createNumbers(): { of(text: string): string; held(digest: string, size: number): string } {
  const numbers = new Map<string, number>();
  return {
    of: (text) =>
      text.replaceAll(/\b[0-9a-f]{64}\b/g, (digest) => {
        const number = numbers.get(digest) ?? numbers.size + 1;
        numbers.set(digest, number);
        return `#${number}`;
      }),
    held(digest, size) {
      const number = numbers.get(digest.replace('sha256:', ''));
      return number === undefined ? `${size} bytes` : `#${number}`;
    },
  };
}
