import { createHash } from 'node:crypto';
import {
  type Acknowledgement,
  canonicalJson,
  type Clock,
  type HandOff,
  type Ledger,
  type Log,
  messageOf,
} from '@tagflow/model';
import { HandOffError } from './error.ts';
import type { PreparedHandOff } from './prepare.ts';
import type { Received, Receiver } from './receiver.ts';

export interface HandOverWorld {
  readonly receiver: Receiver;
  /** What was delivered before, as far as anybody remembers. */
  readonly ledger: Pick<Ledger, 'handOffs'> | null;
  /** Writes a delivery down; null where nobody remembers. */
  readonly remember: ((handOff: HandOff) => Promise<void>) | null;
  readonly effects: { readonly clock: Pick<Clock, 'now'>; readonly log: Log };
}

export interface HandOverOptions {
  /** Delivers though it was delivered before. */
  readonly again: boolean;
  readonly dryRun: boolean;
}

export interface HandOver {
  readonly outcome: 'done' | 'nothing-to-do' | 'planned';
  readonly message: string;
  /** Where the delivery is; null for one that is only planned. */
  readonly place: string | null;
  /** The text of the manifest that the receiver has, or would get. */
  readonly manifest: string;
  readonly digest: string;
  readonly acknowledgement: Acknowledgement | null;
}

/**
 * Delivers a set, unless the receiver has it. What the receiver has is the truth and the ledger is memory: it is written
 * after the delivery was acknowledged, and where it cannot be written the next run learns the same from the receiver.
 * @throws HandOffError `other-content` when the hash was delivered with another set; what delivering throws
 */
export async function handOver(
  handOff: PreparedHandOff,
  world: HandOverWorld,
  { again, dryRun }: HandOverOptions,
): Promise<HandOver> {
  const { receiver, effects } = world;
  const { release, fullHash } = handOff.manifest;
  const known = (await world.ledger?.handOffs({ release, fullHash, destination: receiver.url })) ?? [];
  const there = await receiver.before(handOff);
  const same = known.find(({ digest }) => digest === handOff.digest);
  const earlier = earlierOf(handOff, same, there, known[0]);
  const what = `${handOff.manifest.containers.length} containers and ${handOff.manifest.images.length} images`;
  if (earlier !== null && !again) {
    const isSame = earlier.manifest === handOff.text;
    if (!isSame) refuseOtherContent(handOff, earlier);
    const news = isSame ? [] : differences(handOff, earlier);
    const differs = news.length === 0 ? '' : `; what is known of it by now is not in it: ${news.join(', ')}`;
    const stated = lacksStatement(handOff, earlier) ? ', with a statement, which was not given now' : '';
    const message = `${what} were delivered to ${earlier.place} before${stated}${differs}`;
    if (news.length > 0) effects.log.warning(`${message} (again: true delivers that)`);
    const isNews = same === undefined || isNewer(earlier.acknowledgement, same.acknowledgement);
    if (isSame && isNews && !dryRun) await remember(handOff, earlier, same?.deliveredAt ?? effects.clock.now(), world);
    return { outcome: 'nothing-to-do', message, ...earlier };
  }
  if (dryRun) {
    const message = `would deliver ${what} to ${receiver.url}`;
    return {
      outcome: 'planned',
      message,
      place: null,
      manifest: handOff.text,
      digest: handOff.digest,
      acknowledgement: null,
    };
  }
  const received = await receiver.deliver(handOff);
  await remember(handOff, received, effects.clock.now(), world);
  const { isNew, ...delivered } = received;
  const message = isNew ? `${what} are at ${received.place}` : `${what} were delivered to ${received.place} before`;
  return { outcome: isNew ? 'done' : 'nothing-to-do', message, ...delivered, digest: handOff.digest };
}

type Earlier = Received & { readonly digest: string };

/** What counts of what was delivered before: this very manifest first, then what the receiver has, then what is remembered. */
function earlierOf(
  { text }: PreparedHandOff,
  same: HandOff | undefined,
  there: Received | null,
  newest: HandOff | undefined,
): Earlier | null {
  const remembered = same ?? newest;
  const isThere = there !== null && (there.manifest === text || same === undefined);
  if (isThere) return { ...there, digest: `sha256:${createHash('sha256').update(there.manifest).digest('hex')}` };
  if (remembered === undefined) return null;
  const { destination, manifest, digest, acknowledgement } = remembered;
  return { place: destination, manifest, digest, acknowledgement };
}

function isNewer(one: Acknowledgement | null, other: Acknowledgement | null): boolean {
  return one !== null && one.text !== other?.text;
}

async function remember(
  { manifest, digest, text }: PreparedHandOff,
  { acknowledgement }: Received,
  deliveredAt: number,
  { receiver, remember: write, effects }: HandOverWorld,
): Promise<void> {
  const { release, label, fullHash, promotion } = manifest;
  try {
    await write?.({
      ...{ digest, release, label, fullHash, deliveredAt, acknowledgement },
      destination: receiver.url,
      promotionId: promotion?.id ?? null,
      manifest: text,
    });
  } catch (error) {
    effects.log.warning(`delivered, and the ledger could not be told: ${messageOf(error)}`);
  }
}

/** The set of a hash is one. Whoever has another one was given something wrong, or is asked to take it. */
function refuseOtherContent({ manifest }: PreparedHandOff, { manifest: text, place }: Earlier): void {
  const set = fieldsOf(fieldsOf(parse(text))['sha256'])['set.json'];
  if (set === manifest.sha256['set.json']) return;
  throw new HandOffError(
    'other-content',
    `the set.json of ${manifest.fullHash} was delivered before, with other content: ${place}`,
    {
      next: 'Agree with the next owner; then the input again delivers what it is now, beside what they have.',
    },
  );
}

const statementFile = 'statement.json';
/** What a statement says better than ledger and DLRN do. */
const statedFacts: readonly string[] = ['promotion', 'verdict', 'criteria', 'votes', 'waivers'];

/** Whether a statement was delivered that this time nobody gave: that is no news of the set. */
function lacksStatement({ manifest }: PreparedHandOff, { manifest: text }: Earlier): boolean {
  return statementFile in fieldsOf(fieldsOf(parse(text))['sha256']) && !(statementFile in manifest.sha256);
}

/** Returns the parts of two manifests of one set that differ, by name. */
function differences(handOff: PreparedHandOff, earlier: Earlier): readonly string[] {
  const without = lacksStatement(handOff, earlier);
  const [one, other] = [comparable(handOff.text, without), comparable(earlier.manifest, without)];
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return names.filter((name) => canonicalJson(one[name] ?? null) !== canonicalJson(other[name] ?? null));
}

function comparable(text: string, withoutStatement: boolean): Readonly<Record<string, unknown>> {
  const facts = fieldsOf(parse(text));
  if (!withoutStatement) return facts;
  const { [statementFile]: _statement, ...sha256 } = fieldsOf(facts['sha256']);
  const others = Object.entries(facts).filter(([name]) => !statedFacts.includes(name));
  return { ...Object.fromEntries(others), sha256 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
