import { MediaQuery } from 'svelte/reactivity';

/** One column: servers and channels are a drawer. */
export const narrow = new MediaQuery('(max-width: 47.99rem)', false);
/** Too narrow for the member list beside the conversation. */
export const medium = new MediaQuery('(max-width: 67.99rem)', false);
/** A finger, and a keyboard on the screen: there is no Shift to hold while Enter is pressed, and nothing hovers. */
export const touch = new MediaQuery('(hover: none) and (pointer: coarse)', false);
