/** Stands in for the thread that reads codes, and does what the width of the first view says. */
const faults = {
  2: () => {
    for (;;);
  },
  3: () => process.exit(7),
  4: () => {
    throw new Error('unreachable executed');
  },
};

export default ({ views }) => {
  faults[views[0]?.width]?.();
  return [];
};
