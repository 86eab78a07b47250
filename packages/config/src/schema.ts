import * as z from 'zod';
import { policyFolderSchema } from './policy-schema.ts';
import { phasesSchema } from './schema-phase.ts';
import { failurePatternsSchema, logsSchema, runnersSchema } from './schema-runners.ts';
import {
  distroSchema,
  dlrnSchema,
  imageStoresSchema,
  ledgerSchema,
  ownersSchema,
  registriesSchema,
  releaseSchema,
} from './schema-places.ts';

/** A tagflow.yaml as it is written, key by key; what its parts say of each other is checked elsewhere. */
export const configSchema = z
  .strictObject({
    release: releaseSchema,
    distro: distroSchema,
    dlrn: dlrnSchema,
    registries: registriesSchema,
    'image-stores': imageStoresSchema,
    ledger: ledgerSchema,
    runners: runnersSchema,
    logs: logsSchema,
    'failure-patterns': failurePatternsSchema,
    owners: ownersSchema,
    policy: policyFolderSchema,
    phases: phasesSchema,
  })
  .describe('The promotion of one release: where things are, and what each phase does with them.');

export type RawConfig = z.infer<typeof configSchema>;

/** Returns the JSON Schema (draft 7, which editors know best) of tagflow.yaml. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' });
  return { $schema, title: 'tagflow.yaml', ...schema };
}
