import { parseArgs } from 'node:util';
import { asked, checked, report, runLabs } from './scale/report.ts';

const flags = {
  releases: { type: 'string', default: `${asked.releases}` },
  containers: { type: 'string', default: `${asked.containers}` },
  others: { type: 'string', default: `${asked.others}` },
  jobs: { type: 'string', default: `${asked.jobs}` },
  'layer-mb': { type: 'string', default: `${asked.layerMb}` },
  'image-mb': { type: 'string', default: `${asked.imageMb}` },
  'line-mbit': { type: 'string', default: `${asked.lineMbit}` },
  check: { type: 'boolean', default: false },
} as const;

const usage = `usage: npm run scale -- [options]
Computes what a run of the phase upstream asks of DLRN, registries, image store and network, from what small labs counted.

  --releases N     default ${flags.releases.default}
  --containers N   of one release; default ${flags.containers.default}
  --others N       registries besides the building one; default ${flags.others.default}
  --jobs N         jobs that vote; default ${flags.jobs.default}
  --layer-mb N     new layers of a container, in MB; default ${flags['layer-mb'].default}
  --image-mb N     images of a hash, in MB; default ${flags['image-mb'].default}
  --line-mbit N    the line, in Mbit/s; default ${flags['line-mbit'].default}
  --check          count one release of that size as well, and say how far the prediction is off`;

try {
  const { values } = parseArgs({ options: flags });
  const number = (name: Exclude<keyof typeof flags, 'check'>): number => {
    const text = values[name];
    if (!/^[1-9]\d{0,6}$/.test(text)) throw new RangeError(`--${name} "${text}" is not a whole number from 1 on`);
    return Number(text);
  };
  const question = {
    ...{ releases: number('releases'), containers: number('containers'), others: number('others') },
    ...{
      jobs: number('jobs'),
      layerMb: number('layer-mb'),
      imageMb: number('image-mb'),
      lineMbit: number('line-mbit'),
    },
  };
  const labs = await runLabs();
  for (const line of report(labs, question)) console.log(line);
  if (values.check) for (const line of ['', ...(await checked(labs, question))]) console.log(line);
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
