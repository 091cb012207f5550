/** Numbers say little by themselves: these tell by what stands around one whether somebody is to dial it. */

const words = (list: string): string[] => list.trim().split(/\s+/);
/** Words and signs that announce a number to call or write to; in several languages, as a reader gives them. */
const announcing = [
  ...words(`
    calls? text txt tele?phone tel[eé]? t[ée]l(?:[ée]phone)? phone ph mob(?:ile|il)? cell? cell-?phone celular fone? telefone?
    telefon[oi]? teléfono m[oó]vil handy ruf(?:en)? anruf(?:en)? appel(?:er|ez) llam[ae](?:r|nos)? ligue zap(?:zap)? whats-?app?
    whatsap wsp watsapp wa viber telegram signal sms imo zalo wechat contacts? contacto contato kontakt contattaci
    chiama(?:re)? dial hotline helpline bookings? reservations? hmu dm inbox тел телефон звони(?:те)? вайбер вотсап ватсап моб`),
  'whats app',
  'order now',
  '(?:my|our|the|new) number',
];
const fillers = words(
  'me us now or and at on is no nr num number n[úu]mero nummer today whatsapp text call here only for free my our toll line viber',
);
const announcedBefore = new RegExp(
  `(?:(?:^|[^\\p{L}])(?:${announcing.join('|')})(?![\\p{L}])|(?:^|[^\\p{L}])[tmp][.:])` +
    `[\\p{P}\\p{S}\\s]{0,4}(?:(?:${fillers.join('|')})(?![\\p{L}])[\\p{P}\\s]{0,3}){0,3}$` +
    '|(?:电话|電話|手机|手機|微信|联系|聯繫|热线|☎|☏|✆|📞|📱)[\\p{P}\\p{S}\\s号]{0,4}$',
  'iu',
);
const announcedAfter =
  /^[\p{P}\s]{0,4}(?:call|text|whats? ?app|viber|telegram|wa|sms|ask for|anytime|any time|24\/7|hotline)(?![\p{L}])/iu;
/** What stands before numbers of other kinds. */
const countedBefore =
  /(?:[#№$€£¥₹₽]|(?:^|[^\p{L}])(?:no|nr|num|id|sn|s\/n|serial|serie|isbn|ean|upc|gtin|ref|reference|order|bestellung|pedido|lic|license|licence|reg|registration|vin|imei|model|mod|modell|art|article|sku|item|code|barcode|lot|batch|charge|policy|account|acct|konto|iban|card|invoice|rechnung|receipt|ticket|case|patent|pat|part|p\/n|bib|size|vat|tax|ust|ein|nif|cnpj|cpf|siret|abn|version|v|ver|rev|fig|usd|eur|gbp|rs|inr|flight|train|tracking|parcel|booking ref|seat|row|room|gate|lat|lon|gps|chapter|page|pp|vol|psalm|route|highway|plate|permit|certificate|cert|badge|unit|doc|form|file)(?![\p{L}]))[\p{P}\s]{0,3}(?:(?:no|nr|number|code|id)[\p{P}\s]{1,3})?$/iu;
const countedAfter =
  /^ ?(?:[$€£¥₹₽%°]|(?:kg|g|mg|km|m|cm|mm|ml|l|px|mb|gb|tb|kb|hz|mhz|ghz|rpm|mph|hp|kw|kwh|w|v|usd|eur|gbp|dollars?|euros?|people|views|likes|followers|subscribers|years?|points|miles|feet|steps|votes|players|million|billion|bc|ad|x|am|pm)(?![\p{L}]))/iu;

/** Letters without a space before a number that announce it all the same: OCR engines lose spaces (`Callortext415`). */
export const announcingLetters = new RegExp(
  `^(?:${announcing.join('|')})$|(?:call|text|whatsapp|phone|telegram|viber|contact|mobile|sms)(?:me|us|now|or|at|on|only|for)*$`,
  'iu',
);

/** Whether what stands around a number asks to dial it. */
export const isAnnounced = (before: string, after: string): boolean =>
  announcedBefore.test(before) ||
  announcedAfter.test(after) ||
  announcingLetters.test(/(\p{L}+)[\p{P}\s]{0,2}$/u.exec(before)?.[1] ?? '');

/** Whether what stands around it makes it a number of another kind. */
export const isCountedThing = (before: string, after: string): boolean =>
  countedBefore.test(before) || countedAfter.test(after);
