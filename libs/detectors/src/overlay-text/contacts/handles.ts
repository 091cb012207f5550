import { confidences, type Found } from './contact.js';

/** Services on which people have names, with the short forms and misreadings of theirs, as alternatives of a pattern. */
const services =
  '[il1|]nstagra(?:m|rn)|[il1|]nsta|te[l1i]egra(?:m|rn)|snap ?chat|we ?chat|weixin|wei ?xin|whats ?app|viber|on[l1i]y ?fans|fans[l1i]y|skype|' +
  'disc[o0]rd|tik ?t[o0]k|facebook|twitter|kakao(?: ?talk)?|zal[o0]|cash ?app|ven[mr][n]?o|kik|threema|icq|g ?mail|hot ?mail|vkontakte|' +
  '微信|薇信|威信|v信|加微|加v';
/** Words of their own, or two letters: these need a colon or an `id` behind them. */
const ambiguous = 'line|snap|signal|threads|messenger|ig|tg|sc|fb|wa|wx|vx|vk|qq|ln|yt';
/** Long enough to be told within other words, as reading that loses spaces leaves them. */
const unmistakable =
  '[il1|]nstagra(?:m|rn)|te[l1i]egra(?:m|rn)|snapchat|wechat|whatsapp|on[l1i]yfans|(?:me|us)on(?:my)?(?:snap|ig|insta|tg|kik)';
const filler = '(?:user ?name|user|name|nick(?:name)?|handle|acc(?:ount)?|id|号码|号|號|[il1]d)';
const notBehindWord = '(?<![\\p{Script=Latin}\\p{N}_@.])';
const servicePattern = new RegExp(
  `(?:${notBehindWord}(?:(?<sure>${services})|(?<ambiguous>${ambiguous}))|(?<glued>${unmistakable}))` +
    `(?:(?=${filler}[ :=@])|(?![\\p{Script=Latin}\\p{N}_]))`,
  'giu',
);

const name = '[A-Za-z0-9_][A-Za-z0-9_.-]{2,31}';
/** What may stand between a service and a name. */
const nameAfter = new RegExp(
  `^(?<filler>[ \\n]?${filler}(?![A-Za-z0-9_]))?(?<separator>[ \\n]?[:=@$/>~|→-]{1,3}[ \\n]?[@$]?|[ \\n]@?)(?:is )?(?<name>${name})(?<rest>[ ]\\p{L}|[?!]|)`,
  'iu',
);
const nameBefore =
  /(?<![A-Za-z0-9_.@-])(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]{2,31})[ \n]?(?:on|@|-|\(|\[|~|\|)[ \n]?(?:my )?$/i;
const atName = /(?<![\p{L}\p{N}._%+@-])@(?<name>[A-Za-z_][A-Za-z0-9_.]{2,29})(?![A-Za-z0-9_@])/gu;

/** Not names, though they may stand where a name does. */
const words = new Set(
  (
    'the and for not vs are was with from your you our all but can has have how why what when who this that these those ' +
    'now new app apps web page post posts story stories live group groups chat chats channel account accounts photo photos video ' +
    'videos reels filter filters follow followers following like likes link links bio ads ad bot bots support story team ' +
    'back shot shots worthy famous model models life love girl girls boy boys friends users user premium free up down out ' +
    'home work school gym night noon midnight party office beach church college work club house sunset sunrise dawn dusk ' +
    'christmas halloween weekend summer winter spring autumn monday tuesday wednesday thursday friday saturday sunday ' +
    'mom moms dad dads mike mikes grandma grandpa me us them him her my his their its last first least once'
  ).split(' '),
);
/** Somebody asks to be written to. */
const invitation =
  /(?:^|[^\p{L}])(?:add|dm|pm|hmu|follow|find|message|msg|text|write|contact|sub|subscribe|hit me up|ask for)(?![\p{L}])/iu;
const lookAround = 40;

/** Names on services in a text: `@name`, `ig: name`, `snap id name`, `name_9 on insta`, `微信: name`. */
export const findHandles = (text: string): Found[] => {
  const named = [...text.matchAll(servicePattern)].flatMap((service) => nameNear(text, service) ?? []);
  const marked = [...text.matchAll(atName)].flatMap((match) => markedName(text, match) ?? []);
  const free = marked.filter(({ start, end }) => !named.some((each) => each.start < end && each.end > start));
  return [...named, ...free].sort((a, b) => a.start - b.start);
};

const nameNear = (text: string, service: RegExpMatchArray): Found | undefined => {
  const start = service.index!;
  const end = start + service[0].length;
  const isSure = service.groups?.ambiguous === undefined;
  const after = nameAfter.exec(text.slice(end, end + 80));
  const before = text.slice(Math.max(0, start - lookAround), start);
  if (after?.groups) {
    const confidence = confidenceAfter(after.groups, service[0], isSure, before);
    const length = after[0].length - after.groups.rest!.length;
    if (confidence !== undefined) return handle(after.groups.name!, confidence, start, end + length);
  }
  const named = isSure || !/^(?:line|signal|threads)$/i.test(service[0]) ? nameBefore.exec(before) : null;
  if (!named?.groups || !looksMadeUp(named.groups.name!)) return undefined;
  return handle(named.groups.name!, confidences.likely, start - (before.length - named.index), end);
};

const handle = (written: string, confidence: number, start: number, end: number): Found => ({
  kind: 'handle',
  value: written.replace(/[.-]+$/, '').toLowerCase(),
  confidence,
  isDisguised: false,
  start,
  end,
});

const confidenceAfter = (
  groups: Record<string, string>,
  service: string,
  isSure: boolean,
  before: string,
): number | undefined => {
  const written = groups.name!.replace(/[.-]+$/, '');
  const hasMark = /[:=@$/>~|→-]/.test(groups.separator!);
  const hasFiller = groups.filler !== undefined;
  if (written.length < 3 || words.has(written.toLowerCase())) return undefined;
  if (/^\d+$/.test(written)) {
    const isNumbered = /^(?:qq|icq|kakao|微信|line)/i.test(service) && /^\d{5,12}$/.test(written);
    return isNumbered && (hasMark || hasFiller) ? confidences.likely : undefined;
  }
  if (!/[a-z]/i.test(written) || /^\d+(?:[.-]\d+)*[a-z]{1,2}$/i.test(written)) return undefined;
  // `line-up`, `signal: strong`
  if (/^(?:line|signal|threads)$/i.test(service) && !hasFiller && !groups.separator!.includes('@'))
    return undefined;
  if (groups.separator!.includes('@')) return confidences.explicit;
  if (looksMadeUp(written)) return hasMark || hasFiller ? confidences.explicit : confidences.likely;
  const goesOn = groups.rest !== '';
  if (groups.separator!.trim() === '-' && !isSure) return undefined;
  if (hasMark || hasFiller) return goesOn ? confidences.weak : confidences.likely;
  return !goesOn && invitation.test(before) ? confidences.fair : undefined;
};

/** No word has digits, underscores or dots inside it. */
const looksMadeUp = (written: string): boolean =>
  /[a-z]/i.test(written) &&
  (/_/.test(written) || (written.length >= 5 && /[a-z][\d.]|\d[a-z]/i.test(written)));

const markedName = (text: string, match: RegExpMatchArray): Found | undefined => {
  const written = match.groups!.name!.replace(/\.+$/, '');
  if (written.length < 3 || words.has(written.toLowerCase())) return undefined;
  const around = text.slice(Math.max(0, match.index! - lookAround), match.index! + lookAround);
  const isInvited = invitation.test(around) || around.search(servicePattern) !== -1;
  const confidence = isInvited
    ? confidences.clear
    : looksMadeUp(written)
      ? confidences.likely
      : confidences.fair;
  return handle(written, confidence, match.index!, match.index! + match[0].length);
};
