import { OciError } from '../error.ts';
import { withoutArch } from './arches.ts';
import type { ListedContainer } from './container-list.ts';

/** What the containers of a list may be tagged with. */
export interface ExpectedTags {
  readonly fullHash: string;
  /** What the source has them under; often the full hash too. */
  readonly sourceTag: string;
}

const shown = 5;

/**
 * Refuses the list of another build: one whose containers have tags, and not the expected ones. Lists without tags
 * pass, and so does a container that is there under several tags, one of which is expected: `buildah images` prints a
 * line for each.
 * @throws OciError `bad-list`
 */
export function refuseOtherBuild(listed: readonly ListedContainer[], expected: ExpectedTags, where: string): void {
  const { fullHash, sourceTag } = expected;
  const fits = (tag: string) => [tag, withoutArch(tag)].some((one) => one === fullHash || one === sourceTag);
  const good = new Set(listed.filter(({ tag }) => tag !== null && fits(tag)).map(({ name }) => name));
  const foreign = listed.filter(({ name, tag }) => tag !== null && !good.has(name));
  const [first] = foreign;
  if (first === undefined) return;
  const hash = `the hash is ${fullHash}${sourceTag === fullHash ? '' : ` and source-tag ${sourceTag}`}`;
  const isWhole = good.size === 0 && foreign.every(({ tag }) => tag === first.tag);
  const lines = foreign.slice(0, shown).map(({ name, tag }) => `${name} has the tag ${tag}`);
  if (foreign.length > shown) lines.push(`and ${foreign.length - shown} more`);
  const message = isWhole
    ? `${where}: the list is of the tag ${first.tag}, ${hash}`
    : `${where}: the list is of another build, in whole or in part: ${lines.join(', ')}; ${hash}`;
  throw new OciError('bad-list', message, {
    outcome: 'invalid',
    next: 'Give the list that the build of this hash left, or the source-tag that the list is of.',
  });
}
