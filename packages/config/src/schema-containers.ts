import * as z from 'zod';
import { placeName } from './values.ts';

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** Names of places that are written to, each once. */
export const destinations = z
  .array(placeName)
  .min(1, 'name at least one destination')
  .refine(distinct, 'a destination is named twice');

const pattern = z
  .string()
  .regex(
    /^[a-z0-9*][a-z0-9._*-]*$/,
    'what is excluded is the bare name of a container, such as heat-api; * stands for anything',
  );

const exclude = z
  .union([
    z.array(pattern).refine(distinct, 'a container is excluded twice'),
    z.record(pattern, z.string().min(1, 'a reason is not empty')),
  ])
  .default([])
  .describe(
    'Containers that are left out: a mapping of bare names (* stands for anything) to reasons, or a list of names.',
  );

const arches = z
  .array(z.string().regex(/^[a-z0-9][a-z0-9_]*$/, 'an architecture is such as x86_64 or ppc64le'))
  .refine(distinct, 'an architecture is named twice')
  .default([])
  .describe(
    'Architectures whose tags (<hash>_<arch>) make one image for all, such as [x86_64, ppc64le]. The first one has to be there. Default: whatever the tag of the hash names.',
  );

/** The containers of a promotion. */
export const promotedContainers = z
  .strictObject({
    source: placeName.describe('A name under registries: where the containers of the hash are.'),
    destinations: destinations.describe('Names under registries: where they are copied to and tagged.'),
    optional: z
      .array(placeName)
      .refine(distinct, 'a destination is named twice')
      .default([])
      .describe(
        'Those of the destinations that follow: they fail no promotion, and what they miss is owed and paid by later runs.',
      ),
    exclude,
    arches,
    signatures: z.boolean().default(false).describe('Copies signatures and attestations along.'),
  })
  .describe('The containers that move with the label.');
