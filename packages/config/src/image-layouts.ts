/** A link inside the directory of a hash. */
export interface InnerLink {
  readonly name: string;
  /** Relative to the directory of the hash. */
  readonly target: string;
}

/** Where the images of a hash and the links of a label are, below the root of an image store. */
export interface ImageLayout {
  /** Over `{release}`, `{distro}` and `{hash}`, which is its last part. */
  readonly pathTemplate: string;
  /** Over `{release}`, `{distro}` and `{label}`; at least one. */
  readonly linkTemplates: readonly string[];
  readonly innerLinks: readonly InnerLink[];
}

/** A layout that has a name; its templates may hold `{build_sys}` and `{pin}` as well. */
export interface LayoutPreset {
  readonly description: string;
  readonly path: string;
  readonly links: readonly string[];
  readonly innerLinks: readonly InnerLink[];
}

export const layoutNames = ['plain', 'rdo', 'rdo-2017', 'build-system', 'downstream', 'flat'] as const;
export type LayoutName = (typeof layoutNames)[number];

/** Trees that exist in the world, and `plain`, the default. */
export const layoutPresets: Readonly<Record<LayoutName, LayoutPreset>> = {
  plain: {
    description: 'a folder for each release',
    path: '{release}/{hash}',
    links: ['{release}/{label}'],
    innerLinks: [],
  },
  rdo: {
    description: 'images.rdoproject.org',
    path: '{distro}/{release}/rdo_trunk/{hash}',
    links: ['{distro}/{release}/rdo_trunk/{label}'],
    innerLinks: [],
  },
  // In 2017 readers used both <label>/ and <label>/stable/. Two links of a label would be moved one after the other,
  // and readers of both could see two builds. A link in the directory of the hash, made when it is published and never
  // moved, lets one flip of the label move both.
  'rdo-2017': {
    description: 'images.rdoproject.org when there was one distribution, with stable/ inside every hash',
    path: '{release}/rdo_trunk/{hash}',
    links: ['{release}/rdo_trunk/{label}'],
    innerLinks: [{ name: 'stable', target: '.' }],
  },
  'build-system': {
    description:
      'what phase 2 fetches from: the hashes of one pin, such as current-tripleo-rdo, in a folder of its own',
    path: '{release}/{build_sys}/{pin}/{hash}',
    links: ['{release}/{build_sys}/{pin}/{label}'],
    innerLinks: [],
  },
  downstream: {
    description: 'OSP, whose releases may have another name there (release-name)',
    path: '{distro}/{release}/{hash}',
    links: ['{distro}/{release}/{label}'],
    innerLinks: [],
  },
  // The hash directories are not hidden: they are addresses of their own, many web servers refuse paths with a dot in
  // front, and whoever lists the folder sees which builds the mirror has.
  flat: {
    description: 'the RH1 mirror: builds-<release>/<label>/ holds the files, and switches as a whole',
    path: 'builds-{release}/{hash}',
    links: ['builds-{release}/{label}'],
    innerLinks: [],
  },
};

/** What a layout is made of: a preset, templates in its place, and words for placeholders. */
export interface LayoutRequest {
  /** Default: `plain`. */
  readonly preset?: LayoutName | undefined;
  /** Default: that of the preset. */
  readonly path?: string | undefined;
  /** Default: the path with `{label}` in the place of `{hash}`: the links are beside the directories. */
  readonly links?: readonly string[] | undefined;
  /** For `{build_sys}`. Default: `rdo_trunk`. */
  readonly buildSys?: string | undefined;
  /** For `{pin}`. */
  readonly pin?: string | undefined;
  /** For `{release}`, where the store calls it otherwise. */
  readonly releaseName?: string | undefined;
}

/** Returns a layout in which `{build_sys}` and `{pin}` are filled in; a `{pin}` that nobody told stays. */
export function buildLayout(request: LayoutRequest): ImageLayout {
  const { path, links, innerLinks } = templatesOf(request);
  const known: Readonly<Record<string, string | undefined>> = {
    build_sys: request.buildSys ?? 'rdo_trunk',
    pin: request.pin,
    release: request.releaseName,
  };
  const fill = (template: string): string =>
    template.replaceAll(/\{([^{}]*)\}/g, (placeholder, name: string) => known[name] ?? placeholder);
  return { pathTemplate: fill(path), linkTemplates: links.map(fill), innerLinks };
}

/** Returns the templates of a layout before any placeholder is filled in. */
export function templatesOf({ preset = 'plain', path, links }: LayoutRequest): Omit<LayoutPreset, 'description'> {
  const named = layoutPresets[preset];
  const beside = path === undefined ? named.links : [path.replace(/\{hash\}$/, '{label}')];
  return { path: path ?? named.path, links: links ?? beside, innerLinks: named.innerLinks };
}

/**
 * Returns the layout that a text names: a preset, or the path template itself.
 * @param link a link template, in the place of the preset's
 * @param pin what `{pin}` stands for
 */
export function readLayout(text: string, link?: string, pin?: string): ImageLayout {
  const preset = layoutNames.find((name) => name === text);
  const links = link === undefined ? undefined : [link];
  return buildLayout(preset === undefined ? { path: text, links, pin } : { preset, links, pin });
}
