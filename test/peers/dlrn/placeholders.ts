import { type CommitRow, directoryOf } from '@tagflow/lab';
import type { Remote } from './lab-like.ts';
import type { RealBuild, RealDlrn } from './real-dlrn.ts';

/** What the placeholders of questions stand for; null: this variant has no such thing. */
export type Placeholders = ReadonlyMap<string, string | null>;

/**
 * Returns the placeholders of a pair of servers: `commit`, `distro`, `extended`, `component`, `project`, `dir`, `shard`
 * of `good` (the oldest build), `newer` (of the same component), `other` (of another one, if there are any), `failed`,
 * `retried`, `purged` and `remote` (what can be imported); `remote.url` and `remote.repos`, where that is; `basic`, the credentials in
 * base64; `repos`, the address in every delorean.repo; `newest.aggregate`, null until something was promoted.
 */
export function placeholders(real: RealDlrn, remote: Remote): Map<string, string | null> {
  const good = real.seed[0];
  const newer = real.seed.find((build) => build !== good && build.component === good?.component);
  const other = real.seed.find((build) => build !== newer && build.project !== good?.project);
  const [failed, retried, purged] = real.specials;
  const values = new Map<string, string | null>([
    ['basic', Buffer.from(`${real.username}:${real.password}`).toString('base64')],
    ['repos', real.reposUrl],
    ['remote.url', remote.url],
    ['remote.repos', remote.lab.reposUrl],
    ['newest.aggregate', null],
  ]);
  for (const [name, build] of Object.entries({ good, newer, other, failed, retried, purged, remote: remote.build })) {
    if (build === undefined) throw new Error(`the seed has no build for {${name}}`);
    for (const [part, value] of Object.entries(partsOf(build))) values.set(`${name}.${part}`, value);
  }
  return values;
}

function partsOf(build: RealBuild | CommitRow): Record<string, string | null> {
  return {
    ...{ commit: build.commitHash, distro: build.distroHash, extended: build.extendedHash },
    ...{ component: build.component, project: build.project },
    dir: 'directory' in build ? build.directory : directoryOf(build),
    shard: build.commitHash.slice(0, 2),
  };
}

/** Returns the text with its placeholders filled in, or null where one of them has no value. */
export function fillText(text: string, values: Placeholders): string | null {
  let isWhole = true;
  const filled = text.replaceAll(/\{(\w+(?:\.\w+)?)\}/g, (whole, name: string) => {
    if (!values.has(name))
      throw new RangeError(`a question asks for ${whole}; there is ${[...values.keys()].join(', ')}`);
    const value = values.get(name) ?? null;
    isWhole &&= value !== null;
    return value ?? '';
  });
  return isWhole ? filled : null;
}

/** Returns the value with every text in it filled in. */
export function fillJson(value: unknown, values: Placeholders): unknown {
  if (typeof value === 'string') return fillText(value, values);
  if (Array.isArray(value)) return value.map((item: unknown) => fillJson(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fillJson(member, values)]));
}

/** Returns the path and query with placeholders filled in, percent-encoded; parameters without a value are left out. */
export function fillPath(path: string, values: Placeholders): string {
  const [place = '', query] = path.split('?', 2);
  const filled = fillText(place, values);
  if (filled === null) throw new RangeError(`the path ${path} needs a value that this variant does not have`);
  if (query === undefined) return filled;
  const parameters = query.split('&').flatMap((parameter) => fillText(parameter, values) ?? []);
  return `${filled}?${parameters.join('&')}`;
}
