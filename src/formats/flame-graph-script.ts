// The script inside of a flame graph: zoom, search, keyboard. Plain text here, since it runs in the browser, from the file alone.
// It reads the boxes that are drawn already (data-at, data-n: samples to the left and in the box) and never makes markup of names.

export const FLAME_SCRIPT = String.raw`
(() => {
'use strict';
const script = document.currentScript;
const svg = (script && script.ownerSVGElement) || document.querySelector('svg.flame');
const measure = (name) => Number(svg.getAttribute('data-' + name));
const [left, width, character, inset, baseline, min, wide] = ['left', 'width', 'character', 'inset', 'baseline', 'min', 'wide'].map(measure);
const info = svg.querySelector('.info');
const SVG = 'http://www.w3.org/2000/svg';
const XHTML = 'http://www.w3.org/1999/xhtml';
const make = (namespace, name, attributes) => {
  const element = document.createElementNS(namespace, name);
  for (const key of Object.keys(attributes)) element.setAttribute(key, attributes[key]);
  return element;
};

const boxes = Array.from(svg.querySelectorAll('.f'), (group) => {
  const told = group.querySelector('title').textContent;
  const [at, count, depth] = ['at', 'n', 'd'].map((name) => Number(group.getAttribute('data-' + name)));
  const rect = group.querySelector('rect');
  const text = group.querySelector('text');
  return { group, rect, text, told, name: told.split('\n', 1)[0], at, end: at + count, depth, isShown: true };
});
const boxOf = new Map(boxes.map((box) => [box.group, box]));
const rows = [];
for (const box of boxes) (rows[box.depth] = rows[box.depth] || []).push(box);
const root = boxes[0];
let zoomed = root;
let current = root;

const columns = (letter) => (letter >= '\u1100' ? 2 : 1);
const fit = (text, px) => {
  const room = Math.floor((px - 2 * inset) / character);
  if (room < 3) return '';
  let used = 0;
  let short = '';
  for (const letter of text) {
    used += columns(letter);
    if (used > room) return short + '..';
    if (used <= room - 2) short += letter;
  }
  return text;
};
const round = (px) => Math.round(px * 100) / 100;

const place = (box, x, px) => {
  box.group.classList.toggle('wide', px >= wide);
  box.rect.setAttribute('x', String(round(x)));
  box.rect.setAttribute('width', String(round(px)));
  const label = fit(box.name, px);
  if (box.text === null && label === '') return;
  if (box.text === null) {
    box.text = make(SVG, 'text', { y: Number(box.rect.getAttribute('y')) + baseline });
    box.group.append(box.text);
  }
  box.text.setAttribute('x', String(round(x + inset)));
  box.text.textContent = label;
};
const zoom = (to) => {
  zoomed = to;
  const span = to.end - to.at;
  const scale = span > 0 ? width / span : 0;
  for (const box of boxes) {
    const isAbove = box.depth < to.depth && box.at <= to.at && box.end >= to.end;
    const isInside = box.depth >= to.depth && box.at >= to.at && box.end <= to.end;
    const px = isAbove || box === to ? width : (box.end - box.at) * scale;
    box.isShown = isAbove || (isInside && px >= min);
    box.group.classList.toggle('gone', !box.isShown);
    box.group.classList.toggle('above', isAbove);
    if (box.isShown) place(box, isAbove || box === to ? left : left + (box.at - to.at) * scale, px);
  }
  if (!current.isShown) setCurrent(to, false);
  reset.disabled = to === root;
  tellMatches();
};
const setCurrent = (box, isFocused) => {
  current.group.setAttribute('tabindex', '-1');
  current = box;
  box.group.setAttribute('tabindex', '0');
  if (isFocused) box.group.focus();
};

let matches = [];
/** Samples under any match within the zoomed box; those of a match within a match count once. */
const countMatches = () => {
  let sum = 0;
  let end = zoomed.at;
  for (const box of matches) {
    const from = Math.max(box.at, end);
    const to = Math.min(box.end, zoomed.end);
    if (to > from) {
      sum += to - from;
      end = to;
    }
  }
  return sum;
};
const tellMatches = () => {
  const span = zoomed.end - zoomed.at;
  const share = span > 0 ? (countMatches() / span) * 100 : 0;
  output.textContent = input.value === '' ? '' : matches.length + (matches.length === 1 ? ' frame, ' : ' frames, ') + share.toFixed(2) + ' %';
};
/** /.../ is a regular expression, everything else is text; so is an expression that is none. Case doesn't matter. */
const matcher = (query) => {
  const [, source] = /^\/(.+)\/i?$/.exec(query) || [];
  if (source !== undefined) {
    try {
      const expression = new RegExp(source, 'i');
      return (name) => expression.test(name);
    } catch {
      // Half typed, most likely.
    }
  }
  const text = query.toLowerCase();
  return (name) => name.toLowerCase().includes(text);
};
const search = (query) => {
  const isMatch = query === '' ? () => false : matcher(query);
  matches = [];
  for (const box of boxes) {
    const isHit = box !== root && isMatch(box.name);
    box.group.classList.toggle('hit', isHit);
    if (isHit) matches.push(box);
  }
  matches.sort((a, b) => a.at - b.at || b.end - a.end);
  tellMatches();
};

const panel = make(SVG, 'foreignObject', { x: left + width - 620, y: 4, width: 620, height: 30 });
const bar = make(XHTML, 'div', { class: 'bar' });
const output = make(XHTML, 'output', { 'aria-label': 'Matches' });
const input = make(XHTML, 'input', { type: 'search', size: 28, placeholder: 'Search: text or /expression/', 'aria-label': 'Search frames' });
const reset = make(XHTML, 'button', { type: 'button' });
reset.textContent = 'Reset zoom';
reset.disabled = true;
bar.append(output, input, reset);
panel.append(bar);
svg.append(panel);

const boxAt = (target) => {
  const group = target && target.closest ? target.closest('.f') : null;
  return group ? boxOf.get(group) : undefined;
};
const neighbours = {
  ArrowDown: (box) => (rows[box.depth + 1] || []).find((other) => other.isShown && other.at >= box.at && other.end <= box.end),
  ArrowUp: (box) => (rows[box.depth - 1] || []).find((other) => other.at <= box.at && other.end >= box.end),
  ArrowRight: (box) => rows[box.depth].find((other) => other.isShown && other.at > box.at),
  ArrowLeft: (box) => rows[box.depth].findLast((other) => other.isShown && other.at < box.at),
};
const clear = () => {
  input.value = '';
  search('');
};

input.addEventListener('input', () => search(input.value));
reset.addEventListener('click', () => zoom(root));
svg.addEventListener('click', (event) => {
  const box = boxAt(event.target);
  if (box === undefined) return;
  setCurrent(box, false);
  zoom(box);
});
for (const kind of ['mouseover', 'focusin']) {
  svg.addEventListener(kind, (event) => {
    const box = boxAt(event.target);
    info.textContent = box === undefined ? '' : fit(box.told.split('\n').join('  '), width);
  });
}
document.addEventListener('keydown', (event) => {
  const isInSearch = event.target === input;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f' && !isInSearch) {
    event.preventDefault();
    input.focus();
  } else if (event.key === 'Escape') {
    if (input.value === '') zoom(root);
    else clear();
  } else {
    const box = isInSearch ? undefined : boxAt(event.target);
    const step = neighbours[event.key];
    if (box === undefined || (step === undefined && event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    if (step === undefined) zoom(box);
    else setCurrent(step(box) || box, true);
  }
});

for (const box of boxes) {
  box.group.setAttribute('tabindex', '-1');
  box.group.setAttribute('role', 'button');
  box.group.setAttribute('aria-label', box.told.split('\n').join(', '));
}
root.group.setAttribute('tabindex', '0');
svg.classList.add('live');
})();
`;
