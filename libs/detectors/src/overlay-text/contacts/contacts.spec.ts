import { describe, expect, it } from '@jest/globals';
import { passageOf } from '../passage.js';
import { findContacts } from './contacts.js';
import { PhoneDirectory } from './phone-directory.js';

/** Where a policy would begin to act. */
const threshold = 0.5;

const contactsIn = (text: string) =>
  findContacts(
    passageOf(
      text
        .split('\n')
        .map((row) => ({ line: { text: row, confidence: 1, box: undefined }, separator: '\n' })),
    ),
    new PhoneDirectory(),
  );

const found = (text: string): string[] =>
  contactsIn(text)
    .filter(({ confidence }) => confidence >= threshold)
    .map(({ kind, value }) => `${kind} ${value}`);

describe('phone numbers', () => {
  it.each([
    ['WhatsApp +1 415 555 2671', '+14155552671'],
    ['+44 7911 123456', '+447911123456'],
    ['+49 (0)151 23456789', '+4915123456789'],
    ['0033 6 12 34 56 78', '+33612345678'],
    ['+380 50 123 4567', '+380501234567'],
    ['(415) 555-2671', '+14155552671'],
    ['415-555-2671', '+14155552671'],
    ['415.555.2671', '+14155552671'],
    ['1-415-555-2671', '+14155552671'],
    ['(123) 456-7891', '1234567891'],
    ['Call us: 4155552671', '4155552671'],
    ['call 555-2671', '5552671'],
    ['4155552671', '4155552671'],
    ['06 12 34 56 78', '+33612345678'],
    ['06.12.34.56.78', '+33612345678'],
    ['07911 123456', '+447911123456'],
    ['Handy: 0151/23456789', '15123456789'],
    ['0151 - 23 45 67 89', '15123456789'],
    ['98450 12345', '+919845012345'],
    ['138 0013 8000', '+8613800138000'],
    ['电话：13800138000', '13800138000'],
    ['0812-3456-7890', '+6281234567890'],
    ['8 (912) 345-67-89', '+79123456789'],
    ['0803 123 4567', '+2348031234567'],
    ['(11) 91234-5678', '+5511912345678'],
    ['tel. 512 345 678', '512345678'],
    ['090-1234-5678', '9012345678'],
    ['Text me 4 1 5 - 5 5 5 - 2 6 7 1', '4155552671'],
    ['4 1 5 5 5 5 2 6 7 1', '4155552671'],
    ['4l5-555-267l', '+14155552671'],
    ['415-555-O1OO', '+14155550100'],
    ['call four one five five five five two six seven one', '4155552671'],
    ['４１５－５５５－２６７１', '+14155552671'],
    ['٠٦ ١٢ ٣٤ ٥٦ ٧٨', '+33612345678'],
    ['Call\n415 555 2671', '+14155552671'],
    ['Tel415-555-2671', '+14155552671'],
    ['Whatsapp:+14155552671', '+14155552671'],
    ['Callortext4155552671', '4155552671'],
    ['Textme415 555 2671', '+14155552671'],
    ['Anna+14155552671', '+14155552671'],
    ['0151 20667385', '15120667385'],
    ['text me\nfouronefivefivefivefivetwosixsevenone', '4155552671'],
    ['14155552671 call me', '4155552671'],
    ['FOR RENT 415-555-2671 2 BEDROOMS', '+14155552671'],
    ['Hot girls in your area 24/7 +1 415 555 2671', '+14155552671'],
  ])('are read in %p', (text, value) => {
    const [first] = found(text);
    expect(first).toMatch(/^phone number /);
    // the country of a number without + is known only where its grouping tells
    expect(value.startsWith('+') ? first : first!.slice(-value.length)).toBe(
      value.startsWith('+') ? `phone number ${value}` : value,
    );
  });

  it('are read side by side', () => {
    expect(found('Tel 415-555-2671 / 415-555-2672')).toEqual([
      'phone number +14155552671',
      'phone number +14155552672',
    ]);
    expect(found('415-555-2671 415-555-2672')).toHaveLength(2);
  });

  it.each([
    '$1,299.00',
    '1 299 000 €',
    '512 345 678 people',
    '12.500.000',
    '12.05.2024',
    '2024-05-12',
    '2024 05 12 10 30',
    '20240512',
    '20240512 143000',
    '1998 - 2003',
    'Open 10:00-18:00',
    '1920x1080',
    'Score 3-2 (1-1)',
    'ISBN 978-3-16-148410-0',
    '4006381333931',
    '4 006381 333931',
    'S/N 4155552671',
    'Serial No. 415 555 2671',
    'Order number 4155552671',
    'License # 0198 7654 32',
    'IBAN DE89 3704 0044 0532 0130 00',
    'WH-1000XM4',
    'IMG_20240512_143000',
    '40.712776, -74.005974',
    '192.168.100.200',
    '04 11 23 31 42 49',
    'Powerball 5 22 29 53 63 + 13',
    '3 14 38 50 68',
    '1 2 3 4 5 6 7 8 9 10',
    '1234567890',
    '0000000000',
    '100 000 000 views',
    '4111 1111 1111 1111',
    '90 60 90',
    '23 JORDAN 45',
    'Est. 1987',
    '1600 Pennsylvania Ave NW 20500',
    'Size 38 40 42 44 46 48',
    '10 x 12 x 15 cm',
    'Page 12 of 300',
    'Lap 3 1:23.456',
    'Chapter 12 345 678',
    'two one five',
    '7 8 9 10 11 12',
    '5 + 5 = 10',
    '555-2671',
  ])('are not %p', (text) => expect(found(text)).toEqual([]));
});

describe('e-mail addresses', () => {
  it.each([
    ['joe.smith@gmail.com', 'joe.smith@gmail.com'],
    ['Email:Joe@Example.org!', 'joe@example.org'],
    ['joe @ gmail.com', 'joe@gmail.com'],
    ['joe@ gmail.com', 'joe@gmail.com'],
    ['joe.smith\n@gmail.com', 'joe.smith@gmail.com'],
    ['joe.smith@\ngmail.com', 'joe.smith@gmail.com'],
    ['joe.smith@gma\nil.com', 'joe.smith@gmail.com'],
    ['joe@gmail\n.com', 'joe@gmail.com'],
    ['joe@gmail', 'joe@gmail.com'],
    ['joe@gmailcom', 'joe@gmail.com'],
    ['joe@gmail com', 'joe@gmail.com'],
    ['joe@gmailc0m', 'joe@gmail.com'],
    ['joe@gmail.c0m', 'joe@gmail.com'],
    ['joe@gmail.corn', 'joe@gmail.com'],
    ['joe(at)gmail.com', 'joe@gmail.com'],
    ['joe [at] gmail [dot] com', 'joe@gmail.com'],
    ['joe at gmail dot com', 'joe@gmail.com'],
    ['joe AT gmail D0T com', 'joe@gmail.com'],
    ['joe at example dot org', 'joe@example.org'],
    ['joe at gmail', 'joe@gmail.com'],
    ['joe_at_gmail_dot_com', 'joe@gmail.com'],
    ['joe＠ｇｍａｉｌ．ｃｏｍ', 'joe@gmail.com'],
    ['jоe@gmаil.com', 'joe@gmail.com'],
    ['j o e @ g m a i l . c o m', 'joe@gmail.com'],
    ['info@example.de', 'info@example.de'],
    ['writetoinfo@hotmail.comformore', 'writetoinfo@hotmail.comformore'],
    ['sales@shop.io', 'sales@shop.io'],
  ])('are read in %p', (text, value) => expect(found(text)).toContain(`e-mail address ${value}`));

  it.each(['3 @ $5', 'Party @ 8pm', 'look at yahoo', 'We work at Google', 'Meet at noon', 'a @ b', '@ home'])(
    'are not %p',
    (text) => expect(found(text)).toEqual([]),
  );
});

describe('web addresses', () => {
  it.each([
    ['https://example.com/x?y=1', 'example.com/x?y=1'],
    ['www.example.de', 'example.de'],
    ['Visit Example.com today', 'example.com'],
    ['EXAMPLE.COM', 'example.com'],
    ['example.co.uk', 'example.co.uk'],
    ['hot-girls.xyz', 'hot-girls.xyz'],
    ['example.shop', 'example.shop'],
    ['visit example.io now', 'example.io'],
    ['t.me/joe_99', 't.me/joe_99'],
    ['wa.me/14155552671', 'wa.me/14155552671'],
    ['bit.ly/3xYz', 'bit.ly/3xyz'],
    ['Order at example.store', 'example.store'],
    ['SHOP NOW AT EXAMPLE.SHOP', 'example.shop'],
    ['Mehr auf example.de erfahren', 'example.de'],
    ['velvetpandad0tcom', 'velvetpanda.com'],
    ['velvetpanda . c o m', 'velvetpanda.com'],
    ['Get yours - velvetpanda.shop - free shipping', 'velvetpanda.shop'],
    ['Info-velvetpanda.org-free shipping', 'info-velvetpanda.org'],
    ['example d0t com', 'example.com'],
    ['example(dot)com', 'example.com'],
    ['example [dot] net', 'example.net'],
    ['example dot com', 'example.com'],
    ['example.c0m', 'example.com'],
    ['example,com', 'example.com'],
    ['example .com', 'example.com'],
    ['www example com', 'example.com'],
    ['www.example com', 'example.com'],
    ['e x a m p l e . c o m', 'example.com'],
    ['ехample.com', 'example.com'],
    ['Visitwww.example.com', 'example.com'],
    ['example.comCall now', 'example.com'],
    ['http//example.ru', 'example.ru'],
    ['(example.com)', 'example.com'],
    ['bücher.de', 'bücher.de'],
  ])('are read in %p', (text, value) =>
    expect(found(text).map((each) => each.toLowerCase())).toContain(`web address ${value}`),
  );

  it.each([
    'e.g. this',
    'i.e. that',
    'photo.jpg',
    'IMG_2034.JPG',
    'readme.md',
    'U.S.A.',
    'Life is short.Be happy',
    'I love you.Me too',
    'End.The next one',
    'St.Petersburg',
    'Mr.Smith',
    '9 a.m. - 5 p.m.',
    'No.1',
    'v1.2.0',
    '12.net weight',
    'what is that...no idea',
    'the dot com bubble',
    'He joined a dotcom',
    'Node.js and ASP.NEt core',
    'this is it.it works for me',
    'Wait.so you are saying',
    '3.14',
    'Feat. DJ Bob',
    'K.I.S.S.',
    'Ph.D. at last',
    'vs.',
    'love.is all',
    'and/or',
    'This is .com culture',
  ])('are not %p', (text) => expect(found(text)).toEqual([]));
});

describe('handles', () => {
  it.each([
    ['@katie_rose', 'katie_rose'],
    ['follow @katierose', 'katierose'],
    ['ig: katie.rose', 'katie.rose'],
    ['IG:katierose', 'katierose'],
    ['IG @katierose', 'katierose'],
    ['Instagram: katierose99', 'katierose99'],
    ['lnstagrarn: katierose99', 'katierose99'],
    ['insta katie_rose', 'katie_rose'],
    ['add my snap katierose', 'katierose'],
    ['SNAP: katierose', 'katierose'],
    ['snapchat - katierose7', 'katierose7'],
    ['Telegram: @katierose', 'katierose'],
    ['tg @katierose', 'katierose'],
    ['tg: katierose', 'katierose'],
    ['kik: katierose', 'katierose'],
    ['line id: katierose', 'katierose'],
    ['LINE ID katierose7', 'katierose7'],
    ['WeChat ID: katierose', 'katierose'],
    ['微信：katierose', 'katierose'],
    ['微信号 katie123', 'katie123'],
    ['加V katie123', 'katie123'],
    ['vx: katie123', 'katie123'],
    ['QQ: 123456789', '123456789'],
    ['katie_99 on snap', 'katie_99'],
    ['OnlyFans: katierose', 'katierose'],
    ['DM me @katierose', 'katierose'],
    ['Skype: live.katie9', 'live.katie9'],
    ['Cash App: $katierose', 'katierose'],
    ['discord katie.rose', 'katie.rose'],
    ['instagram\nkatie_rose', 'katie_rose'],
    ['WeChatID:hana53', 'hana53'],
    ['Snapchat:willowkofi 91', 'willowkofi'],
    ['addmeonsnap\nkatie_66', 'katie_66'],
    ['g mail: katie134', 'katie134'],
    ['Followmeoninstagram:katierose', 'katierose'],
  ])('are read in %p', (text, value) => expect(found(text)).toContain(`handle ${value}`));

  it.each([
    'Instagram vs reality',
    'insta worthy',
    'Oh snap',
    'Snap back to reality',
    'Line up here',
    'Line: 5 items',
    'Signal: strong',
    'Telegram channel',
    'dinner @home',
    'See you @work',
    'WhatsApp is down again',
    'I deleted Facebook',
    'Facebook: the movie of the year',
    'TikTok made me buy it',
    'My kik shoes',
    'Discord update 2.0.1',
    'Line 4b',
    'on the line - again',
    'mail@ 5',
    '@1st',
    'insta360',
    'FB 2024',
    'WhatsApp, Signal or Telegram:\nwhich one is safest?',
    'Telegram:\nwhichoneissafest?',
  ])('are not in %p', (text) => expect(found(text)).toEqual([]));
});

describe('what is told of a contact', () => {
  it('is whether it was disguised, and less sure then', () => {
    const [open] = contactsIn('joe@gmail.com');
    const [hidden] = contactsIn('joe [at] gmail [dot] com');
    expect(open).toMatchObject({ isDisguised: false, confidence: 0.95 });
    expect(hidden).toMatchObject({ isDisguised: true, confidence: 0.8 });
  });

  it('is each once, though an address holds a host', () => {
    expect(found('joe@example.com')).toEqual(['e-mail address joe@example.com']);
    expect(found('joe at example.com dot com')).toHaveLength(1);
  });

  it('is the lines on which it stands', () => {
    const [contact] = contactsIn('write to\njoe.smith@\ngmail.com\ntoday');
    expect(contact!.lines).toEqual([1, 2]);
  });
});

describe('a picture full of numbers', () => {
  it('is looked through up to a hundred, which takes a bounded time', () => {
    const directory = new PhoneDirectory();
    const numbers = Array.from({ length: 300 }, (_, index) => `0151${2_000_000 + index * 7}`);
    const known = numbers.filter((number) => directory.numbersOf(number, false).length > 0);
    expect(known).toHaveLength(100);
    expect(directory.numbersOf(numbers[0]!, false)).not.toEqual([]);
  });

  it('has numbers of the regions that are named only', () => {
    const regionsOf = (directory: PhoneDirectory) =>
      directory.numbersOf('81234567', false).map(({ country }) => country);
    expect(regionsOf(new PhoneDirectory(['SG']))).toEqual(['SG']);
    expect(regionsOf(new PhoneDirectory(['US']))).toEqual([]);
  });
});
