const words = (list: string): string[] => list.trim().split(/\s+/);

/**
 * Top-level domains that people write in pictures, from IANA's root zone: the old generic ones, countries, and new ones
 * that are sold much. A list of all 1 400 would take file names (`.zip`, `.mov`, `.md`) and ends of sentences (`.now`) for hosts.
 */
const plainly = new Set(
  words(`
    com net org info biz edu gov xyz int mil mobi
    uk ru cn jp br fr nl pl cz ch kr hk tw vn ng ke gh za eu pk bd lk ua by kz ir sa ae qa kw eg tn dz tz ug rw cm
    de io au nz sg ph mx ar cl pe ve ec uy cr gt hu ro bg hr rs sk lt lv ee dk fi gr tr ge az uz mn np mm kh su tk cf gq`),
);

/** Those that are words, abbreviations or endings of files as well: they need some sign that a host is meant. */
const seldomly = new Set(
  words(`
    es it in is be so at to as my me us no se id ie pt il la do am ai co tv cc ws fm gg ly pw gl vc
    gd im st li lu mk ba si mt cy ca bo pa ma pro vip app dev shop store online site website space live life world
    club top win fun cam link click email chat date dating love sex porn xxx adult game games bet casino poker cash
    money loan credit finance trade tips today news blog media press agency studio design art music photo photos pics
    video cafe bar pizza travel tours hotel house homes realty rent auto car cars fitness health care clinic dental
    beauty salon fashion style shoes boutique gift gifts sale deals discount market marketing digital tech software
    systems solutions services support group team company center network cloud host global international city london
    berlin paris nyc tokyo moscow asia africa best one page name wiki ink bio lol wtf ninja guru rocks cool buzz
    icu cyou monster quest bond sbs cfd rest uno red blue pink`),
);

export type DomainStrength = 'plain' | 'seldom';

/** What an OCR engine, or somebody in disguise, makes of the commonest endings. */
const misread: Record<string, string> = {
  c0m: 'com',
  corn: 'com',
  conn: 'com',
  coml: 'com',
  n3t: 'net',
  '0rg': 'org',
  lnfo: 'info',
  '1nfo': 'info',
  inf0: 'info',
};

/** The top-level domain that a label stands for. `isMisread`: only if it was read or written wrong. */
export const topLevelDomain = (
  label: string,
): { name: string; strength: DomainStrength; isMisread: boolean } | undefined => {
  const lower = label.toLowerCase();
  if (plainly.has(lower)) return { name: lower, strength: 'plain', isMisread: false };
  if (seldomly.has(lower)) return { name: lower, strength: 'seldom', isMisread: false };
  const name = misread[lower];
  return name === undefined ? undefined : { name, strength: 'plain', isMisread: true };
};

/** As alternatives of a pattern, for endings that need not be checked further. */
export const commonEndings = 'c[o0]m|net|[o0]rg|info|biz|xyz|co|io|ru|de|fr|uk|br|in|it|es|pl|nl|me|cn';
