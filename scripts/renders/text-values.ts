import type { Random } from './random.js';

const words = (list: string): string[] => list.trim().split(/\s+/);

const firstNames = words(
  'anna bella carla daisy emma fiona grace hana ines julia katie lena maria nina olga petra rosa sara tina vera alex ben carlos david erik felix george hugo ivan jack kofi luis marco nico oscar paul raj sam tom victor',
);
const nouns = words(
  'garden coffee mountain river studio vintage summer velvet rocket orchid panda falcon marble copper willow harbor ember cedar lotus maple comet breeze pearl sierra',
);
const domainEnds = words('com com com com net org co.uk de shop xyz online ru com.br in');
const mailHosts = words(
  'gmail.com gmail.com yahoo.com hotmail.com outlook.com icloud.com proton.me gmx.de mail.ru',
);

export const firstName = (random: Random): string => random.pick(firstNames);
export const noun = (random: Random): string => random.pick(nouns);
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const digits = (random: Random, length: number): string => random.text('0123456789', length);
export const year = (random: Random): string => String(random.whole(1950, 2030));
export const price = (random: Random): string =>
  `${random.whole(1, 999)}.${random.pick(['00', '50', '95', '99'])}`;

/** A name as people take it on a service. */
export const userName = (random: Random): string =>
  random.pick([
    () => `${firstName(random)}_${noun(random)}`,
    () => `${firstName(random)}.${noun(random)}`,
    () => `${firstName(random)}${random.whole(1, 99)}`,
    () => `${noun(random)}${firstName(random)}_${random.whole(10, 99)}`,
    () => `${firstName(random)}${noun(random)}`,
  ])();

export const domain = (random: Random): string =>
  `${random.pick([noun(random) + noun(random), `${firstName(random)}-${noun(random)}`, noun(random) + random.whole(1, 99)])}.${random.pick(domainEnds)}`;

export const mailHost = (random: Random): string => random.pick(mailHosts);
export const mailAddress = (random: Random): string =>
  `${random.pick([userName(random), firstName(random) + random.whole(1, 99), 'info', 'sales'])}@${random.chance(0.7) ? mailHost(random) : domain(random)}`;

const areaCodes = words('212 213 305 312 404 415 503 512 602 617 646 702 713 718 786 818 917');
const exchange = (random: Random): string => String(random.whole(2, 9)) + digits(random, 2);

/** `#` is any digit. Mobile numbers, and some of towns, as their countries write them. */
const nationalForms: Record<string, string[]> = {
  US: [],
  GB: ['077## ######', '079## ### ###', '020 794# ####'],
  DE: ['0151 2#######', '0176/2#######', '0171 - 2# ## ## #', '030 2######'],
  FR: ['06 1# ## ## ##', '06.1#.##.##.##', '07 6# ## ## ##'],
  ES: ['61# ## ## ##', '65# ### ###'],
  IT: ['347 ### ####', '333 #######'],
  BR: ['(11) 98###-####', '(21) 99###-####'],
  IN: ['984## #####', '+91 984## #####'],
  RU: ['8 (916) 2##-##-##', '8 925 2## ## ##'],
  UA: ['067 2## ## ##', '050 2## ####'],
  TR: ['0532 2## ## ##', '0543 2## ####'],
  NG: ['0803 2## ####', '0816 2## ####'],
  ID: ['0812-3###-####', '0857 3### ####'],
  CN: ['138 1### ####', '139-1###-####'],
  JP: ['090-1###-####', '080-1###-####'],
  AU: ['041# ### ###'],
};
const internationalForms = [
  '+44 77## ######',
  '+49 151 2#######',
  '+33 6 1# ## ## ##',
  '+34 61# ## ## ##',
  '+39 347 ### ####',
  '+55 11 98###-####',
  '+91 984## #####',
  '+7 916 2##-##-##',
  '+380 67 2## ####',
  '+234 803 2## ####',
  '+62 812 3### ####',
  '+86 138 1### ####',
  '+61 41# ### ###',
  '+52 55 2### ####',
  '+27 82 4## ####',
  '+63 917 5## ####',
];

const filled = (random: Random, form: string): string => form.replaceAll('#', () => digits(random, 1));

const northAmerican = (random: Random): string => {
  const [area, middle, last] = [random.pick(areaCodes), exchange(random), digits(random, 4)];
  return random.pick([
    `(${area}) ${middle}-${last}`,
    `(${area}) ${middle}-${last}`,
    `${area}-${middle}-${last}`,
    `${area}-${middle}-${last}`,
    `${area}.${middle}.${last}`,
    `1-${area}-${middle}-${last}`,
  ]);
};

/** As it is written at home; of every country as often. */
export const nationalNumber = (random: Random): string => {
  const forms = random.pick(Object.values(nationalForms));
  return forms.length === 0 ? northAmerican(random) : filled(random, random.pick(forms));
};

export const internationalNumber = (random: Random): string =>
  random.chance(0.3)
    ? `+1 ${random.pick(areaCodes)} ${exchange(random)} ${digits(random, 4)}`
    : filled(random, random.pick(internationalForms));

/** Ten digits of North America, for disguises. */
export const tenDigits = (random: Random): string =>
  random.pick(areaCodes) + exchange(random) + digits(random, 4);

/** EAN-13 as it stands below a bar code; its last digit checks the others (GS1 General Specifications, 7.9). */
export const articleNumber = (random: Random): string => {
  const first = digits(random, 12);
  const sum = [...first].reduce((total, digit, index) => total + +digit * (index % 2 === 0 ? 1 : 3), 0);
  const code = `${first}${(10 - (sum % 10)) % 10}`;
  return `${code[0]!} ${code.slice(1, 7)} ${code.slice(7)}`;
};
