export { Moderator, type SignedInModerator } from './access/caller.js';
