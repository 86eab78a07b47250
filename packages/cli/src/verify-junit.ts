import type { Check } from '@tagflow/model';

/**
 * Returns checks as a JUnit XML file, one test case for each. Nothing in it tells the time: the same checks give the same
 * bytes.
 * @param name of the suite
 */
export function formatChecksJunit(name: string, checks: readonly Check[]): string {
  const failures = checks.filter(({ ok }) => !ok).length;
  const counts = `name="${escapeXml(name)}" tests="${checks.length}" failures="${failures}" errors="0" skipped="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite ${counts}>`,
    ...checks.map(({ kind, subject, detail, ok }) => {
      const inside = ok
        ? `<system-out>${escapeXml(detail)}</system-out>`
        : `<failure message="${escapeXml(detail)}" type="${kind}">${escapeXml(detail)}</failure>`;
      return `  <testcase classname="verify.${kind}" name="${escapeXml(subject)}">${inside}</testcase>`;
    }),
    '</testsuite>',
    '',
  ].join('\n');
}

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- XML 1.0 has no way to write these
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll(/[&<>"]/g, (character) => references[character] ?? character)
      .replaceAll(/[\n\r\t]/g, ' ')
  );
}
