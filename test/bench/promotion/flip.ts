import { readFile } from 'node:fs/promises';
import { loadConfig } from '@tagflow/config';
import type { PromotionMode } from '@tagflow/model';
import { promote } from '@tagflow/promotion';
import { buildRequest, openWorld, withImpliedHash } from '@tagflow/wiring';
import type { RealEngine } from '../../peers/real-registry.ts';
import type { Bars } from '../images/report.ts';
import { effects } from './effects.ts';
import { printRequests, printTimes } from './flip-report.ts';
import { type Floor, measureFloor, openReplay } from './replay.ts';
import { countAll, type Kinds } from './requests.ts';
import { type BenchHash, label, type Servers, startServers } from './servers.ts';
import { type Seen, type Stage, watch } from './watch.ts';

export const containers = 150;

/** One promotion or rollback, and what its writes alone take the same servers right after it. */
export interface Turn {
  readonly mode: PromotionMode;
  readonly seen: Seen;
  /** What the promotion itself says: how long a reader of several labels could see a mix. */
  readonly mixMs: number;
  readonly floors: readonly Floor[];
}

/** What one promotion asked of each server, stage by stage. */
export type StageRequests = ReadonlyMap<Stage, ReadonlyMap<string, Kinds>>;

/**
 * Moves a label of 150 containers in two registries, two images behind three links, and a DLRN back and forth, all
 * servers real. The writes of each flip are made once more past tagflow, forth and back, which is what it is held against.
 */
export async function flip(
  print: (line: string) => void,
  bars: Bars,
  { engine, rounds }: { readonly engine: RealEngine; readonly rounds: number },
): Promise<void> {
  const servers = await startServers(containers, engine);
  try {
    const [first, second, third] = servers.hashes;
    for (const hash of servers.hashes) await move(servers, 'promote', hash);
    printRequests(print, await countRequests(servers, 'rollback', second));
    await move(servers, 'promote', third);
    const replay = await openReplay(servers);
    const turns: Turn[] = [];
    // What has just been written is written as it was before and then again: the label stays where it is.
    for (let round = 0; round < rounds; round += 1) {
      const back = await move(servers, 'rollback', second);
      turns.push({
        ...back,
        floors: [await measureFloor(replay, third, second), await measureFloor(replay, second, first)],
      });
      const forth = await move(servers, 'promote', third);
      turns.push({
        ...forth,
        floors: [await measureFloor(replay, second, first), await measureFloor(replay, third, second)],
      });
    }
    replay.close();
    printTimes(print, bars, turns);
  } finally {
    await servers.close();
  }
}

/** Counts the requests of one promotion, which waits after each stage until servers have written their logs. */
async function countRequests(servers: Servers, mode: 'promote' | 'rollback', hash: BenchHash): Promise<StageRequests> {
  const { dlrn, reposUrl, accessLogs } = servers;
  const hosts = [dlrn.apiUrl, reposUrl].map((url) => new URL(url).host);
  const counter = await countAll({ logs: accessLogs, dlrn: hosts });
  try {
    const counted = new Map<Stage, ReadonlyMap<string, Kinds>>();
    await move(servers, mode, hash, async (stage) => void counted.set(stage, await counter.take()));
    return counted.set('confirm', await counter.take());
  } finally {
    counter.end();
  }
}

/** Moves the label once, as a person does who gives a reason: what a rollback left frozen moves no other way. */
async function move(
  servers: Servers,
  mode: 'promote' | 'rollback',
  { fullHash, set }: BenchHash,
  onEnd?: (stage: Stage) => Promise<void>,
): Promise<Omit<Turn, 'floors'>> {
  const config = await loadConfig(servers.config);
  const request = buildRequest(config, {
    ...{
      mode,
      phase: 'upstream',
      fullHash,
      criteria: [],
      parts: [set],
      reason: 'bench',
      actor: 'bench',
      dryRun: false,
    },
    policy: { entries: [], digest: 'sha256:none' },
  });
  if (request.promote === null) throw new Error('the phase promotes nothing');
  const { dlrn, sshd } = servers;
  const opened = await openWorld({
    ...{
      config,
      promote: request.places,
      component: null,
      effects,
      owner: 'bench',
      env: () => undefined,
      writes: true,
    },
    secrets: {
      ...{ username: dlrn.username, password: dlrn.password, sshKey: sshd.privateKey },
      ...{ knownHosts: await readFile(sshd.knownHosts, 'utf8'), registryAuth: '{"auths":{}}' },
    },
  });
  try {
    // A rollback holds the set that it left, and here that one is promoted again.
    const left = (await opened.ledger.policy('master')).map(({ id }) => id);
    if (mode === 'promote') await opened.ledger.liftPolicy(left, 'bench');
    const { world, seen } = watch(opened, onEnd);
    const asked = await withImpliedHash(request.promote, opened);
    const { outcome, message, result } = await promote(asked, world, opened.evidence);
    if (outcome !== 'done' || result === null) throw new Error(`${mode} of ${label} ended as ${outcome}: ${message}`);
    return { mode, seen: seen(), mixMs: result.flipMs };
  } finally {
    await opened.close();
  }
}
