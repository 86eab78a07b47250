import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import { type Acknowledgement, canonicalJson } from '@tagflow/model';
import type { HandOver } from '@tagflow/wiring';
import type { outputs } from './inputs.ts';

/** Returns a delivery as the action's result, with its files written. */
export async function writeResults(
  { outcome, message, place, manifest, digest, acknowledgement }: HandOver,
  isFolder: boolean,
  { outDir }: Pick<ActionContext, 'outDir'>,
): Promise<ActionResult<keyof typeof outputs>> {
  const path = join(outDir, 'manifest.json');
  await writeFile(path, manifest);
  const said = acknowledgement === null ? null : join(outDir, 'receipt.json');
  if (said !== null && acknowledgement !== null) await writeFile(said, formatReceipt(digest, acknowledgement));
  return {
    outcome,
    message,
    outputs: {
      ...{ manifest: path, digest },
      ...(place === null ? {} : { acknowledgement: isFolder ? `${place}/manifest.json` : place }),
      ...(said === null ? {} : { receipt: said }),
    },
  };
}

function formatReceipt(digest: string, { at, text }: Acknowledgement): string {
  return `${canonicalJson({ digest, at: new Date(at).toISOString(), said: parsed(text) })}\n`;
}

/** What is JSON as what it says, anything else as a text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
