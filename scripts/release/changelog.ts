/** What one release changed, in lines of Markdown without their dashes. */
export interface Notes {
  readonly breaks: readonly string[];
  readonly added: readonly string[];
  readonly fixed: readonly string[];
  /** From the packages, libraries and actions that it is made of. */
  readonly parts: readonly string[];
}

const headings: Readonly<Record<keyof Notes, string>> = {
  breaks: 'Breaks',
  added: 'New',
  fixed: 'Fixed',
  parts: 'From its parts',
};

/** Returns the section of one version. `date` is that of the release, such as 2026-01-31. */
export function changelogSection(version: string, date: string, notes: Notes): string {
  const groups = Object.entries(headings).flatMap(([key, heading]) => {
    const lines = notes[key as keyof Notes];
    return lines.length === 0 ? [] : [`### ${heading}\n\n${lines.map(item).join('\n')}\n`];
  });
  return [`## ${version} (${date})\n`, ...groups].join('\n');
}

/**
 * Returns a changelog with a new section above the others. What stood between the heading and the first section is what
 * was said before there was a release, and goes.
 */
export function withSection(name: string, changelog: string, section: string): string {
  const start = changelog.search(/^## /m);
  const others = start < 0 ? '' : `\n${changelog.slice(start)}`;
  return `# Changes of ${name}\n\n${section}${others}`;
}

function item(text: string): string {
  return `- ${text.trim().split('\n').join('\n  ').replace(/ +$/gm, '')}`;
}
