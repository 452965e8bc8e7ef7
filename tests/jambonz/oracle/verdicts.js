// Answers, for every list of verbs on standard input (one JSON text a line), with the verdict of the real package on standard
// output: {"verbs": [{name: data}]} or {"refused": text}. The first line out is the table: {"shapes": {name: [property]}}.
// The loop is that of the feature server: the whole list is brought into one form, then each verb's data must be an object
// and is validated. Constructors are not part of the package.
const {createInterface} = require('readline');
const {join} = require('path');

const real = require(join(process.argv[2], 'node_modules', '@jambonz', 'verb-specifications'));
const silent = {info() {}, debug() {}};

function verdict(list) {
  try {
    const verbs = real.normalizeJambones(silent, list);
    for (const verb of verbs) {
      const [[name, data]] = Object.entries(verb);
      if (typeof data !== 'object') throw new Error('malformed jambonz application payload');
      real.validateVerb(name, data, silent);
    }
    return {verbs};
  } catch (error) {
    return {refused: error.message};
  }
}

const shapes = Object.entries(real.specs).map(([name, spec]) => [name, Object.keys(spec.properties)]);
console.log(JSON.stringify({shapes: Object.fromEntries(shapes)}));
createInterface({input: process.stdin}).on('line', (line) => console.log(JSON.stringify(verdict(JSON.parse(line)))));
