import { OUTCOMES } from '../../result/reasons.js';

/**
 * The only script of the page: it sorts, searches and filters the table of all items, and shows it in
 * pages. What is shown is also in the fragment of the address, so that a reader can go back, or send it. It
 * reads the page and inserts only text, never markup.
 */
export const script = String.raw`(() => {
  'use strict';
  const table = document.getElementById('items');
  if (!table) return;
  const $ = (id) => document.getElementById(id);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const body = table.tBodies[0];
  const perPage = 100;
  const ranks = ${JSON.stringify(OUTCOMES)};
  const risks = ['High', 'Medium', 'Low'];
  const filters = ['outcome', 'change', 'type', 'reason'];
  const headers = Array.from(table.tHead.rows[0].cells);
  const keys = headers.map((th) => th.dataset.key);
  const columnOf = Object.fromEntries(keys.map((key, at) => [key, at]));

  // De-fanged characters as they were, and one form of a code and its label, so that both are found.
  const shownForms = /\[([.@:\u3002\uff0e\uff61])\]|hxxp|fxp(?=s?:)|_/g;
  const usualForm = (match, char) => char || { hxxp: 'http', fxp: 'ftp', _: ' ' }[match];
  const searchable = (text) => text.toLowerCase().replace(shownForms, usualForm);

  const exact = (cell, name) => {
    const text = cell.getAttribute(name);
    return text === null ? null : JSON.parse('"' + text + '"');
  };
  // The text of the cell itself. A hash is several texts, and the note below the value is an element.
  const ownText = (cell) => Array.from(cell.childNodes, (node) => node.nodeType === 3 ? node.data : '').join('').trim();

  const rows = Array.from(body.rows, (tr, index) => {
    const cells = tr.children;
    const at = (key) => cells[columnOf[key]];
    const reason = at('reason');
    const label = reason.firstElementChild;
    return {
      tr, index, value: at('value'),
      original: exact(at('value'), 'data-v') ?? ownText(at('value')),
      outcome: tr.className,
      change: at('change').textContent.toLowerCase().trim() || undefined,
      type: exact(at('type'), 'data-x') ?? at('type').textContent.trim(),
      reason: label ? exact(reason, 'data-x') ?? label.textContent : undefined,
      labels: { outcome: at('outcome').textContent.trim(), change: at('change').textContent.trim(), type: at('type').textContent.trim(), reason: label ? label.textContent : '' },
    };
  });

  let order = rows;
  let found = rows;
  let page = 0;
  let sorted = { key: '', down: false };
  let marked = [];

  const count = (number) => number.toLocaleString('en-US');
  const wanted = () => searchable($('find').value.trim());
  const isFiltered = () => wanted() !== '' || filters.some((name) => $(name).value);

  // Taken before the row gets a button, whose text would be found.
  function textOf(row) {
    row.text ??= searchable(Array.from(row.tr.children, (cell) => cell.textContent).join('\n') + '\n' + row.original);
    return row.text;
  }

  function addCopy(row) {
    if (row.copy) return;
    textOf(row);
    row.copy = document.createElement('button');
    row.copy.type = 'button';
    row.copy.className = 'copy';
    row.copy.textContent = 'Copy';
    row.copy.setAttribute('aria-label', 'Copy the original value of row ' + (row.index + 1));
    row.copy.onclick = () => copyRow(row);
    row.value.prepend(row.copy);
  }

  // The searchable form of a text, and where in the text each of its characters comes from.
  function mapped(text) {
    const lower = text.toLowerCase();
    // A few letters have a longer lower case: then the places would be wrong.
    if (lower.length !== text.length) return { form: '', from: [] };
    let form = '';
    let end = 0;
    const from = [];
    const add = (part, start, isSame) => {
      for (let at = 0; at < part.length; at++) from.push(isSame ? start + at : start);
      form += part;
    };
    for (const match of lower.matchAll(shownForms)) {
      add(lower.slice(end, match.index), end, true);
      add(usualForm(...match), match.index, false);
      end = match.index + match[0].length;
    }
    add(lower.slice(end), end, true);
    from.push(text.length);
    return { form, from };
  }

  function textsIn(cell) {
    const texts = [];
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (walker.currentNode.parentNode.className !== 'copy') texts.push(walker.currentNode);
    return texts;
  }

  function markCell(cell, text) {
    const nodes = textsIn(cell);
    const { form, from } = mapped(nodes.map((node) => node.data).join(''));
    const hits = [];
    for (let at = form.indexOf(text); at >= 0; at = form.indexOf(text, at + text.length)) hits.push([from[at], from[at + text.length]]);
    if (!hits.length) return;
    let start = 0;
    for (const node of nodes) {
      const end = start + node.length;
      // From the last hit to the first, so that the places in what is left of the text stay right.
      for (const [first, last] of hits.toReversed()) {
        const a = Math.max(first, start) - start;
        const b = Math.min(last, end) - start;
        if (a >= b) continue;
        const part = node.splitText(a);
        part.splitText(b - a);
        const mark = document.createElement('mark');
        part.replaceWith(mark);
        mark.append(part);
      }
      start = end;
    }
    marked.push(cell);
  }

  function markHits(some) {
    for (const cell of marked) {
      for (const mark of cell.querySelectorAll('mark')) mark.replaceWith(...mark.childNodes);
      cell.normalize();
    }
    marked = [];
    const text = wanted();
    if (text) for (const { tr } of some) for (const cell of tr.children) markCell(cell, text);
  }

  function fill(some) {
    const part = document.createDocumentFragment();
    for (const row of some) part.append(row.tr);
    body.replaceChildren(part);
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / perPage));
    page = Math.min(Math.max(page, 0), pages - 1);
    const some = found.slice(page * perPage, (page + 1) * perPage);
    some.forEach(addCopy);
    markHits(some);
    fill(some);
    const range = some.length ? count(page * perPage + 1) + '–' + count(page * perPage + some.length) + ' of ' : '';
    $('shown').textContent = isFiltered()
      ? range + count(found.length) + ' found among ' + count(rows.length) + ' items'
      : range + count(rows.length) + (rows.length === 1 ? ' item' : ' items');
    for (const span of all('.page')) span.textContent = 'Page ' + count(page + 1) + ' of ' + count(pages);
    for (const button of all('[data-to=first], [data-to=previous]')) button.disabled = page === 0;
    for (const button of all('[data-to=next], [data-to=last]')) button.disabled = page === pages - 1;
    $('copy-found').disabled = found.length === 0;
    document.querySelector('.below').hidden = pages === 1;
    document.documentElement.toggleAttribute('data-filtered', isFiltered());
  }

  function find() {
    const values = filters.map((name) => $(name).value);
    const text = wanted();
    found = order.filter((row) => {
      if (filters.some((name, at) => values[at] && row[name] !== values[at].slice(1))) return false;
      return !text || textOf(row).includes(text);
    });
  }

  const collator = new Intl.Collator('en', { numeric: true });
  const sortKeys = {
    outcome: (row) => ranks.indexOf(row.outcome),
    value: (row) => row.original.toLowerCase(),
    risk: (row, text) => text && risks.indexOf(text),
    score: (row, text) => text && Number(text),
  };
  function compare(a, b, sign) {
    // Rows without a text come last in both directions.
    if (a === '' || b === '') return (a === '') - (b === '');
    return sign * (typeof a === 'number' ? a - b : collator.compare(a, b));
  }

  function arrange() {
    const { key, down } = sorted;
    headers.forEach((th, at) => {
      if (keys[at] === key) th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
    });
    if (!key) {
      order = rows;
      return;
    }
    const keyOf = sortKeys[key] ?? ((row, text) => text);
    const pairs = rows.map((row) => [keyOf(row, row.tr.children[columnOf[key]].textContent.trim()), row]);
    order = pairs.sort((a, b) => compare(a[0], b[0], down ? -1 : 1) || a[1].index - b[1].index).map(([, row]) => row);
  }

  // The view as the fragment of an address.
  function fragment() {
    const view = new URLSearchParams();
    for (const name of filters) if ($(name).value) view.append(name, $(name).value.slice(1));
    if ($('find').value.trim()) view.append('q', $('find').value.trim());
    if (sorted.key) view.append('sort', (sorted.down ? '-' : '') + sorted.key);
    if (page > 0) view.append('page', page + 1);
    const text = view.toString();
    return text ? '#all?' + text : '#all';
  }

  // A browser may refuse it: some limit how often it is done.
  function remember(method) {
    try {
      if (fragment() !== location.hash) history[method](null, '', fragment());
    } catch {}
  }

  function refresh(method) {
    page = 0;
    find();
    show();
    remember(method);
  }

  function restore(text) {
    const view = new URLSearchParams(text);
    for (const name of filters) {
      const value = view.get(name);
      $(name).value = value === null ? '' : '=' + value;
      // What is not in the table does not filter it.
      if ($(name).selectedIndex < 0) $(name).value = '';
    }
    $('find').value = view.get('q') ?? '';
    const [, minus, key] = /^(-?)(.*)$/.exec(view.get('sort') ?? '') ?? [];
    sorted = keys.includes(key) ? { key, down: minus === '-' } : { key: '', down: false };
    page = Math.floor(Number(view.get('page'))) - 1 || 0;
    arrange();
    find();
    show();
  }

  const viewIn = (hash) => hash.startsWith('#all?') ? hash.slice(5) : hash === '' || hash === '#all' ? '' : undefined;
  function restoreAddress() {
    const view = viewIn(location.hash);
    if (view !== undefined && location.hash !== fragment()) restore(view);
  }

  function goToTable(behavior) {
    $('items-title').focus({ preventScroll: true });
    $('items-title').scrollIntoView({ behavior });
  }

  // A page opened from disk may have no clipboard, or no permission to use it.
  function copyBySelection(text) {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'hidden';
    area.readOnly = true;
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    let done = false;
    // A text area changes line ends, so the event gets the text.
    const setExactText = (event) => {
      event.clipboardData.setData('text/plain', text);
      event.preventDefault();
      done = true;
    };
    document.addEventListener('copy', setExactText);
    const worked = document.execCommand('copy');
    document.removeEventListener('copy', setExactText);
    area.remove();
    if (before) before.focus();
    return worked || done;
  }

  async function copy(text, button, success) {
    const label = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copyBySelection(text);
    }
    button.textContent = done ? 'Copied' : 'Failed';
    $('copied').textContent = done ? success : 'The browser did not allow the page to copy.';
    setTimeout(() => {
      button.textContent = label;
      $('copied').textContent = '';
    }, 1500);
  }
  const copyRow = (row) => copy(row.original, row.copy, 'Copied.');
  const copyFound = () => copy(found.map((row) => row.original).join('\n'), $('copy-found'), count(found.length) + (found.length === 1 ? ' value' : ' values') + ' copied.');

  const buttons = headers.map((th, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = th.textContent;
    button.onclick = () => {
      sorted = { key: keys[at], down: sorted.key === keys[at] && !sorted.down };
      arrange();
      refresh('pushState');
    };
    th.replaceChildren(button);
    return button;
  });
  for (const name of filters) {
    const options = new Map();
    for (const row of rows) {
      if (row[name] === undefined) continue;
      const option = options.get(row[name]);
      if (option) option.times++;
      else options.set(row[name], { label: row.labels[name] || '(empty)', times: 1 });
    }
    $(name).append(new Option('All', ''));
    for (const [code, { label, times }] of [...options].sort((a, b) => b[1].times - a[1].times)) {
      const short = label.length > 40 ? label.slice(0, 40) + '…' : label;
      // With the sign, an empty type is different from "All".
      $(name).append(new Option(short + ' (' + count(times) + ')', '=' + code));
    }
    $(name).disabled = options.size === 0;
    $(name).onchange = () => refresh('pushState');
  }
  $('find').oninput = () => refresh('replaceState');
  $('reset').onclick = () => {
    restore('');
    remember('pushState');
  };
  $('copy-found').onclick = copyFound;
  const turns = { first: () => 0, previous: () => page - 1, next: () => page + 1, last: () => Infinity };
  for (const button of all('[data-to]')) {
    button.onclick = () => {
      page = turns[button.dataset.to]();
      show();
      remember('pushState');
      if (button.closest('.below')) goToTable('auto');
    };
  }
  for (const link of all('[data-filter]')) {
    link.setAttribute('href', '#all?' + link.dataset.filter);
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      restore(link.dataset.filter);
      remember('pushState');
      goToTable('auto');
    });
  }
  addEventListener('hashchange', restoreAddress);
  addEventListener('popstate', restoreAddress);
  // A filtered table is printed with every row that was found. The headers get no buttons then, because
  // browsers do not repeat headers with buttons on every sheet of paper.
  addEventListener('beforeprint', () => {
    if (!isFiltered()) return;
    headers.forEach((th, at) => th.replaceChildren(buttons[at].textContent));
    fill(found);
  });
  addEventListener('afterprint', () => {
    headers.forEach((th, at) => th.replaceChildren(buttons[at]));
    show();
  });
  for (const part of all('#controls, .pager, .scripted')) part.hidden = false;
  restore(viewIn(location.hash) ?? '');
  if (location.hash.startsWith('#all?')) goToTable('instant');
})();
`;
