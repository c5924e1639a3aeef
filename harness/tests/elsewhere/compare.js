// What hdr-histogram-js makes of our histograms: node compare.js FOLDER
//
// FOLDER has, for each shape, SHAPE.v2 (our text, then a line "LOWEST COUNT" for each bin and "quantile Q VALUE" for
// some quantiles), SHAPE.hgrm, and all.hlog with all of them. Left there: SHAPE.theirs, the same values recorded and
// encoded by it. Prints TAP results without a plan.
'use strict';
const fs = require('fs');
const path = require('path');
const hdr = require('hdr-histogram-js');

const folder = process.argv[2];
const BITS = 64; // of a counter
let number = 0;

// check NAME with a function that returns what is wrong, or nothing.
function check(name, look) {
  let wrong;
  try {
    wrong = look();
  } catch (error) {
    wrong = error.stack;
  }
  console.log(`${wrong ? 'not ok' : 'ok'} ${++number} - ${name}`);
  if (wrong) console.log(String(wrong).replace(/^/gm, '# '));
}

function differs(what, theirs, ours) {
  return theirs === ours ? undefined : `${what}: theirs is ${theirs}, ours ${ours}`;
}

function load(name) {
  const lines = fs.readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
  const shape = { text: lines.shift(), bins: [], quantiles: [], total: 0 };
  for (const line of lines) {
    const words = line.split(' ');
    if (words[0] === 'quantile') {
      shape.quantiles.push(words.slice(1).map(Number));
    } else {
      shape.bins.push(words.map(Number));
      shape.total += Number(words[1]);
    }
  }
  return shape;
}

function lookAtCounts(theirs, shape) {
  const ours = new Map(shape.bins.map(([lowest, count]) => [theirs.countsArrayIndex(lowest), count]));
  for (let index = 0; index < theirs.countsArrayLength; index++) {
    const wrong = differs(`count of index ${index}`, theirs.getCountAtIndex(index), ours.get(index) || 0);
    if (wrong) return wrong;
  }
  return differs('bins', ours.size, shape.bins.length) || differs('total', theirs.totalCount, shape.total);
}

// It rounds a rank to the nearest, HdrHistogram for Java upwards: they agree where the rank is whole.
function lookAtQuantiles(theirs, shape) {
  for (const [quantile, value] of shape.quantiles) {
    const rank = quantile * shape.total;
    if (Math.abs(rank - Math.round(rank)) > 1e-6) continue;
    const wrong = differs(`quantile ${quantile}`, theirs.getValueAtPercentile(100 * quantile), value);
    if (wrong) return wrong;
  }
}

function lookAtEnds(theirs, shape) {
  if (shape.total === 0) return differs('highest', theirs.maxValue, 0);
  const lowest = shape.bins.find(([value]) => value > 0);
  const last = shape.bins[shape.bins.length - 1][0];
  return (
    (lowest && differs('lowest but nought', theirs.minNonZeroValue, lowest[0])) ||
    differs('highest', theirs.lowestEquivalentValue(theirs.maxValue), last)
  );
}

// It rounds a tie upwards, C to the even digit: numbers of lines are the same but for one in their last digit.
function lineDiffers(theirs, ours) {
  const [a, b] = [theirs, ours].map((line) => (line || '').trim().split(/ +/));
  const near = (i, unit) => a[i] === b[i] || Math.abs(a[i] - b[i]) < 1.5 * unit;
  return !(a.length === b.length && a[0] === b[0] && near(1, 1e-12) && a[2] === b[2] && near(3, 0.01));
}

// Mean and deviation take another middle of a bin (an integer), so they are the same but for half a nanosecond.
function lookAtPercentiles(theirs, text) {
  const steps = (page) => page.split('\n').filter((line) => !line.startsWith('#[Mean'));
  const [, mean, deviation] = /#\[Mean {4}= +([\d.]+), StdDeviation {3}= +([\d.]+)\]/.exec(text);
  const theirMean = theirs.mean / 1000;
  if (Math.abs(mean - theirMean) > 0.0015 + theirMean / 1e9) return `mean: theirs is ${theirMean}, ours ${mean}`;
  const theirDeviation = theirs.stdDeviation / 1000;
  if (Math.abs(deviation - theirDeviation) > 0.0015 + theirDeviation / 1e9)
    return `deviation: theirs is ${theirDeviation}, ours ${deviation}`;
  const lines = steps(text);
  const theirLines = steps(theirs.outputPercentileDistribution(5, 1000));
  for (let i = 0; i < Math.max(lines.length, theirLines.length); i++) {
    const wrong = (lines[i] || '').startsWith('#') ? theirLines[i] !== lines[i] : lineDiffers(theirLines[i], lines[i]);
    if (wrong) return differs(`line ${i + 1}`, theirLines[i], lines[i]);
  }
}

function encode(shape) {
  const theirs = hdr.build({ bitBucketSize: BITS, numberOfSignificantValueDigits: 3, autoResize: true });
  for (const [value, count] of shape.bins) theirs.recordValueWithCount(value, count);
  return hdr.encodeIntoCompressedBase64(theirs);
}

const names = fs.readdirSync(folder).filter((name) => name.endsWith('.v2'));
for (const file of names) {
  const name = path.basename(file, '.v2');
  const shape = load(file);
  let theirs;
  check(`${name}: every count and the total are ours`, () => {
    theirs = hdr.decodeFromCompressedBase64(shape.text, BITS);
    return lookAtCounts(theirs, shape);
  });
  check(`${name}: so are lowest, highest and quantiles`, () => lookAtEnds(theirs, shape) || lookAtQuantiles(theirs, shape));
  check(`${name}: its percentile page is ours`, () =>
    lookAtPercentiles(theirs, fs.readFileSync(path.join(folder, `${name}.hgrm`), 'utf8')));
  fs.writeFileSync(path.join(folder, `${name}.theirs`), encode(shape));
}

check('the log has every interval with its tag, times and counts', () => {
  const log = fs.readFileSync(path.join(folder, 'all.hlog'), 'utf8');
  const reader = new hdr.HistogramLogReader(log, BITS);
  const seen = [];
  for (let theirs; (theirs = reader.nextIntervalHistogram()); ) seen.push(theirs);
  const start = 1441812279474;
  for (const [i, theirs] of seen.entries()) {
    const wrong =
      differs('tag', theirs.tag, i % 2 ? 'B' : 'A') ||
      differs('start', Math.round(theirs.startTimeStampMsec), start + 1000 * i) ||
      differs('end', Math.round(theirs.endTimeStampMsec), start + 1000 * (i + 1));
    if (wrong) return `interval ${i}: ${wrong}`;
  }
  const totals = (list) => list.sort((a, b) => a - b).join(' ');
  return differs('totals', totals(seen.map((theirs) => theirs.totalCount)), totals(names.map((name) => load(name).total)));
});
