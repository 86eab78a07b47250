import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import { type Acknowledgement, canonicalJson } from '@tagflow/model';
import type { HandOver } from '@tagflow/wiring';

export const outputs = {
  manifest: 'The path of the manifest: what was delivered, with everything pinned.',
  digest: 'The digest of the manifest, sha256:…, which names the delivery.',
  acknowledgement:
    'Where the receiver has it: the URL of the manifest after it was read back, or the web hook that took it.',
  receipt: 'The path of a file with what the receiver said of it, as JSON; none while it has said nothing.',
} as const;

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
