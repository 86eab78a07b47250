import * as z from 'zod';
import { destinations, promotedContainers } from './schema-containers.ts';
import { criteriaSchema } from './schema-criteria.ts';
import { templateNames } from './phase-shape.ts';
import { after, env, test, timeout } from './schema-jobs.ts';
import { command, duration, imageFiles, placeName, readLabel, url, visibility, writtenLabel } from './values.ts';

const registry = placeName.describe('A name under registries.');
const store = placeName.describe('A name under image-stores.');

const pin = z
  .strictObject({
    from: readLabel.describe('The label whose hash is taken, such as consistent; promoted-components for aggregates.'),
    to: writtenLabel.describe(
      'The label that keeps the hash while it is built and tested, such as tripleo-ci-testing.',
    ),
    criteria: z
      .literal('none')
      .default('none')
      .describe('A pin asks for no votes: nobody could test the hash yet. Written out, so that it is seen.'),
  })
  .describe(
    'Gives a hash a label of its own, so that everybody builds and tests the same one. Moves the DLRN label only.',
  );

const evidence = z
  .enum(['required', 'none'])
  .default('required')
  .describe(
    'Whether what was built has to tell of which hash it is: by delorean.repo or a file full-hash that the builder leaves, or by tags and labels of containers.',
  );

const build = z
  .strictObject({
    containers: z
      .strictObject({
        command: command.describe('The builder. It pushes the containers of the hash, tagged with it.'),
        registry: registry.describe('A name under registries: where the builder pushes to.'),
        timeout: timeout.default('4h'),
        env,
        evidence,
        visibility: visibility.default('public').describe('internal: must not reach a public registry.'),
      })
      .optional()
      .describe('How the containers of a hash are built.'),
    images: z
      .strictObject({
        command: command.describe('The builder. It leaves the files in its output folder.'),
        store: store.describe('A name under image-stores: where the images are published.'),
        files: imageFiles.describe('The files that the builder has to leave, such as overcloud-full.tar.'),
        'base-image': z
          .string()
          .min(1, 'a base image is not empty')
          .optional()
          .describe('What the builder starts from.'),
        timeout: timeout.default('4h'),
        env,
        evidence,
        visibility: visibility
          .default('public')
          .describe('internal: must not reach a public store, such as what is built on RHEL.'),
      })
      .optional()
      .describe('How the disk images of a hash are built.'),
  })
  .describe('What is built for the hash before it is tested.');

const promote = z
  .strictObject({
    from: readLabel.describe('The candidate label: whose hash is judged.'),
    to: writtenLabel.describe('The label that moves, for packages, containers and images alike.'),
    criteria: criteriaSchema,
    containers: promotedContainers.optional(),
    images: z
      .strictObject({
        destinations: destinations.describe('Names under image-stores: where the link of the label moves.'),
      })
      .optional()
      .describe('The disk images that move with the label.'),
    'red-after': duration
      .default('7d')
      .describe('How long the label may go without a promotion before it is red, and publish-status opens an issue.'),
  })
  .describe('Moves a label to a hash that has the votes.');

const mirror = z
  .array(z.strictObject({ from: store, to: store }))
  .min(1, 'name at least one pair')
  .describe('Copies of image stores that are brought up to date when the label has moved.');

const fetch = z
  .strictObject({
    from: store.describe('A name under image-stores: where the images of the hash come from.'),
    cache: z
      .string()
      .min(1, 'a path is not empty')
      .optional()
      .describe('The folder that keeps them, absolute, relative to this file, or beginning with ~/.'),
  })
  .describe('Fetches the images that an earlier phase published.');

const handOff = z
  .strictObject({
    label: readLabel.describe('The label whose set is delivered.'),
    destination: url(['sftp', 'file', 'https', 'http'], ['file']).describe(
      'Where it is delivered to: a folder, or with https:// a web hook.',
    ),
    visibility: visibility
      .default('public')
      .describe(
        'Whose receiver it is. internal: it gets what is internal, too; public: that is neither sent nor named.',
      ),
  })
  .describe('Delivers a promoted set to the next owner.');

/** The sections of a phase, by their keys. */
const sectionSchemas = {
  pin: pin.optional(),
  fetch: fetch.optional(),
  build: build.optional(),
  test: test.optional(),
  promote: promote.optional(),
  mirror: mirror.optional(),
  after: after.optional(),
  'hand-off': handOff.optional(),
};

export const componentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'a component is lower-case letters, digits and "-", such as network');

const phaseSchema = z.strictObject({
  template: z
    .enum(templateNames)
    .optional()
    .describe('Which steps the phase has, and in which order. Default: the name of the phase.'),
  component: componentName.optional().describe('The component whose labels the phase moves (template component).'),
  ...sectionSchemas,
});

export const phasesSchema = z
  .record(placeName, phaseSchema)
  .refine((phases) => Object.keys(phases).length > 0, 'name at least one phase')
  .describe('The promotion phases, each with its sections.');
