import { type Group, groups, sumOf } from './kinds.ts';
import { type Measured, measure, type Size } from './measure.ts';
import { type Dimensions, fit, fitFlat, formula, type Line, type Points, predict } from './model.ts';

/** What is asked of the model. */
export interface Question extends Dimensions {
  readonly releases: number;
  /** New bytes of layers of one container, in megabytes. */
  readonly layerMb: number;
  /** Bytes of the images of one hash, in megabytes. */
  readonly imageMb: number;
  /** The line of the machine that promotes, in megabits a second. */
  readonly lineMbit: number;
}

/** The size that the documentation speaks of. */
export const asked: Question = {
  ...{ releases: 20, containers: 150, others: 2, jobs: 14 },
  ...{ layerMb: 20, imageMb: 1250, lineMbit: 1000 },
};

// Below 16 containers some requests grow with the containers that are worked on at a time.
const smallest: Size = { containers: 20, others: 1, jobs: 2, layerBytes: 1 << 14, imageBytes: 1 << 16 };
const labs = {
  base: smallest,
  moreContainers: { ...smallest, containers: 40 },
  moreOthers: { ...smallest, others: 2 },
  moreOfBoth: { ...smallest, containers: 40, others: 2 },
  moreJobs: { ...smallest, jobs: 10 },
} satisfies Record<keyof Points, Size>;

/** The measured labs, by their place in the model. */
export type Labs = Readonly<Record<keyof Points, Measured>>;

/** Runs the labs that the model is made of, one after another. */
export async function runLabs(): Promise<Labs> {
  const measured: Partial<Record<keyof Points, Measured>> = {};
  for (const [name, size] of Object.entries(labs)) measured[name as keyof Points] = await measure(size);
  return measured as Labs;
}

/** Returns the report: the model, what it says of the question, and what that means for limits and the line. */
export function report(measured: Labs, question: Question): readonly string[] {
  const [changed, unchanged] = [pointsOf(measured, 'changed'), pointsOf(measured, 'unchanged')];
  const { releases } = question;
  const total = (group: Group): number => releases * predict(lineOf(changed, group), question);
  const pulls = groups.filter(({ title }) => title.endsWith('manifests read'));
  const [source = 0, others = 0] = pulls.map(total);
  const bytes = bytesOf(measured, changed, question);
  return [
    'One run of upstream for one release; C containers, K registries besides the building one, J jobs that vote:',
    row(['', 'nothing new', 'all new'], false),
    ...groups.map((group) =>
      row([group.title, formula(lineOf(unchanged, group)), formula(lineOf(changed, group))], group.about),
    ),
    '',
    `${releases} releases, C = ${question.containers}, K = ${question.others}, J = ${question.jobs}:`,
    row(['', 'nothing new', 'all new'], false),
    ...groups.map((group) =>
      row(
        [group.title, number(releases * predict(lineOf(unchanged, group), question)), number(total(group))],
        group.about,
      ),
    ),
    '',
    `Bytes, with ${question.layerMb} MB of new layers in each container and ${question.imageMb} MB of images in each hash:`,
    ...bytes.map(([what, size]) => row([what, `${gb(size)} GB`, ''], false)),
    row([`on a line of ${question.lineMbit} Mbit/s`, `${minutes(bytes, question)} min`, ''], false),
    '',
    'docker.io counts manifests that are read (100 in 6 hours without a login, 200 with a free account):',
    row(['as the building registry', `${windows(source)}`, ''], true),
    row(['as one of the others', `${windows(others / question.others)}`, ''], false),
  ].map((line) => line.trimEnd());
}

/**
 * Runs one release of the size in question, and returns what it was asked for beside what the labs before it said, in
 * percent of what was counted.
 */
export async function checked(measured: Labs, question: Question): Promise<readonly string[]> {
  const { containers, others, jobs } = question;
  const whole = await measure({ ...smallest, containers, others, jobs });
  const points = pointsOf(measured, 'changed');
  return [
    `One lab of C = ${containers}, K = ${others}, J = ${jobs}, all new:`,
    row(['', 'counted', 'predicted'], false),
    ...groups.map((group) => {
      const counted = sumOf(whole.changed, group);
      const said = predict(lineOf(points, group), question);
      const off = Math.round((Math.abs(said - counted) / Math.max(1, counted)) * 100);
      return row([group.title, number(counted), `${number(said)} (${off} %)`], group.about);
    }),
  ];
}

function pointsOf(measured: Labs, run: 'changed' | 'unchanged'): Points {
  const points = Object.entries(labs).map(([name, { containers, others, jobs }]) => [
    name,
    { containers, others, jobs, counts: measured[name as keyof Labs][run] },
  ]);
  return Object.fromEntries(points) as unknown as Points;
}

function lineOf(points: Points, group: Group): Line {
  return (group.flat === true ? fitFlat : fit)(points, (counts) => sumOf(counts, group));
}

function row([what = '', first = '', second = '']: readonly string[], about: boolean | undefined): string {
  return `${about === true ? '≈' : ' '} ${what.padEnd(44)} ${first.padEnd(20)} ${second}`;
}

/** Bytes that leave the building registry and arrive elsewhere; what is not layers and images grows with the requests. */
function bytesOf(measured: Labs, points: Points, question: Question): readonly (readonly [string, number])[] {
  const { releases, containers, others, layerMb, imageMb } = question;
  const newLayers = containers * layerMb * 1e6;
  const besides = (kind: string, without: (name: keyof Labs) => number): number => {
    const counted = Object.fromEntries(
      (Object.keys(labs) as (keyof Labs)[]).map((name) => {
        const value = (measured[name].changed[kind] ?? 0) - without(name);
        return [name, { ...points[name], counts: { value } }];
      }),
    ) as unknown as Points;
    return predict(
      fit(counted, ({ value = 0 }) => value),
      question,
    );
  };
  const layersOf = (name: keyof Labs): number =>
    labs[name].containers * labs[name].others * (labs[name].layerBytes / 2);
  const imagesOf = (name: keyof Labs): number => measured[name].imageBytes;
  return [
    ['out of the building registry', besides('source: bytes out', layersOf) + others * newLayers],
    ['into the other registries', besides('other: bytes in', layersOf) + others * newLayers],
    ['into the image store', besides('store: bytes in', imagesOf) + imageMb * 1e6],
    ['out of the image store, to read back', besides('store: bytes out', imagesOf) + imageMb * 1e6],
  ].map(([what, size]) => [`${what}`, releases * Number(size)] as const);
}

function minutes(bytes: readonly (readonly [string, number])[], { lineMbit }: Question): string {
  // In and out are at the same time; the machine takes in what it gives out.
  const [sourceOut = 0, othersIn = 0, storeIn = 0, storeOut = 0] = bytes.map(([, size]) => size);
  const most = Math.max(sourceOut + storeOut, othersIn + storeIn);
  return number((most * 8) / (lineMbit * 1e6) / 60);
}

function windows(pulls: number): string {
  return `${number(pulls)} pulls: ${number(Math.max(1, Math.ceil(pulls / 100)))} × 6 hours without a login, ${number(Math.max(1, Math.ceil(pulls / 200)))} × with an account`;
}

function gb(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
