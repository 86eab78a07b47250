import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import { buildContainers, buildImages, containerNames, type Lab, startLab, vote } from '@tagflow/lab';
import { type ArtifactSet, type CommitBuild, formatSet, fullHashOfCommit, parseDigest } from '@tagflow/model';
import { describeImages } from '@tagflow/images';
import { action } from '../src/action.ts';

export const label = 'current-tripleo';
export const candidate = 'tripleo-ci-testing';

export interface Bench {
  readonly lab: Lab;
  readonly config: string;
  /** Lines that were said. */
  readonly said: string[];
  run(inputs: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Promise<ExecutionResult>;
  /** Builds a commit with its containers and images, and returns it with its set file. */
  build(): Promise<{ readonly build: CommitBuild; readonly hash: string; readonly set: string }>;
  /** Every job of the phase succeeds on the build. */
  pass(build: CommitBuild): Promise<void>;
  /** What DLRN's label names, read from its files. */
  named(name: string): Promise<string | null>;
}

/** The action in a whole lab, without the other actions: what they would have staged is made by the lab itself. */
export async function bench(t: ExecutionContext): Promise<Bench> {
  const lab = await startLab({ containers: 3, imageBytes: 1 << 16 });
  t.teardown(() => lab.close());
  const config = join(lab.root, 'tagflow.yaml');
  await writeFile(config, lab.config());
  const said: string[] = [];
  const signal = new AbortController().signal;
  const say = (message: string): void => void said.push(message);
  return {
    lab,
    config,
    said,
    run: async (inputs, env = {}) => {
      const outDir = await mkdtemp(join(lab.root, 'out-'));
      const texts = { config, phase: 'upstream', password: lab.dlrn.password, ...inputs };
      return executeAction(action, new Map(Object.entries(texts)), {
        clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
        log: { debug: () => undefined, info: say, warning: say },
        progress: () => undefined,
        signal,
        outDir,
        cwd: lab.root,
        actor: 'test',
        random: Math.random,
        env: { ...lab.env(), ...env },
      });
    },
    async build() {
      const build = lab.builder.build();
      const fullHash = fullHashOfCommit(build);
      const outDir = await mkdtemp(join(lab.root, 'build-'));
      const names = containerNames(3);
      const pattern = 'centos-binary-{name}';
      const write = (): void => undefined;
      await buildContainers({
        ...{ fullHash, names, namePattern: pattern, outDir, signal, write },
        registryUrl: `${lab.rdo.url}/tripleomaster`,
      });
      const files = ['overcloud-full.tar', 'ironic-python-agent.tar'];
      const images = join(lab.root, 'images', 'master', 'rdo_trunk', fullHash);
      await mkdir(images, { recursive: true });
      await buildImages({
        ...{ fullHash, files, signal, write },
        outDir: images,
        sizeBytes: 1 << 16,
        flavour: 'centos',
      });
      const set: ArtifactSet = {
        fullHash,
        release: 'master',
        repository: { url: null, builds: [] },
        containers: names.map((name) => ({
          name,
          digest: parseDigest(
            lab.rdo.manifest(`tripleomaster/${pattern.replace('{name}', name)}`, fullHash)?.digest ?? '',
          ),
        })),
        images: await describeImages(images, files, 'public'),
      };
      const file = join(outDir, 'set.json');
      await writeFile(file, formatSet(set));
      return { build, hash: fullHash, set: file };
    },
    async pass(subject) {
      for (const job of await criteriaOf(config)) {
        await vote(lab.dlrn, { job, success: true, subject, url: 'http://127.0.0.1/log', timestamp: 1 });
      }
    },
    async named(name) {
      const answer = await fetch(`${lab.dlrn.reposUrl}/${name}/delorean.repo`);
      return answer.ok ? (/baseurl=.*\/(\S+)/.exec(await answer.text())?.[1] ?? null) : null;
    },
  };
}

async function criteriaOf(config: string): Promise<readonly string[]> {
  const text = await readFile(config, 'utf8');
  const [, upstream = ''] = /\n {2}upstream:\n([\s\S]*?)\n {2}rdo-phase-1:/.exec(text) ?? [];
  return [...(/all-of:\n((?: +- .*\n)+)/.exec(upstream)?.[1] ?? '').matchAll(/- (\S+)/g)].map(
    (match) => match[1] ?? '',
  );
}
