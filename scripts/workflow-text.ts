/** Returns texts as lines of YAML, all of them that far to the right. */
export function indented(parts: readonly string[], columns: number): string {
  return parts
    .flatMap((part) => part.split('\n'))
    .map((line) => (line === '' ? '' : ' '.repeat(columns) + line))
    .join('\n');
}

/** The step that every job begins with. */
export const checkout = `- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
  with:
    persist-credentials: false`;

/** Returns the step that keeps the file that an expression names, if it names one; `whatever`: of a job that failed, too. */
export function upload(file: string, artifact: string, whatever = false): string {
  return `- if: \${{ ${whatever ? '!cancelled() && ' : ''}${file} != '' }}
  uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
  with:
    name: ${artifact}
    path: \${{ ${file} }}
    if-no-files-found: error
    # A job that is run again has the same one.
    overwrite: true`;
}

/** Returns the step that brings an artifact into a folder, if a job that is done kept a file; null: it has to be there. */
export function download(file: string | null, artifact: string, folder: string): string {
  return `- ${file === null ? '' : `if: \${{ ${file} != '' }}\n  `}uses: actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0
  with:
    name: ${artifact}
    path: ${folder}`;
}
