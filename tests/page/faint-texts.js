// Finds texts with too little contrast to their background: below 4.5:1, or below 3:1 for large text (WCAG 2.2, success
// criterion 1.4.3). It runs in the page and evaluates to a list of "ratio text", one for each such text. Disabled controls and
// invisible texts are ignored.

(() => {
  const colourOf = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  const over = (top, background) => {
    const mix = (a, b) => a * top.alpha + b * (1 - top.alpha);
    return {
      red: mix(top.red, background.red),
      green: mix(top.green, background.green),
      blue: mix(top.blue, background.blue),
      alpha: 1,
    };
  };
  const luminance = ({ red, green, blue }) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const chain = (element) => {
    const all = [];
    for (let at = element; at; at = at.parentElement) all.push(at);
    return all;
  };
  const ratioOf = (element) => {
    const ancestors = chain(element).map((one) => getComputedStyle(one));
    if (ancestors.some(({ clipPath, visibility }) => clipPath !== 'none' || visibility === 'hidden'))
      return undefined;
    const opacity = ancestors.reduce((product, style) => product * Number(style.opacity), 1);
    if (opacity === 0) return undefined;
    const background = ancestors
      .map(({ backgroundColor }) => colourOf(backgroundColor))
      .reduceRight((below, colour) => over(colour, below));
    const foreground = colourOf(getComputedStyle(element).color);
    const visible = over({ ...foreground, alpha: foreground.alpha * opacity }, background);
    const [light, dark] = [luminance(visible), luminance(background)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent?.trim() ?? '';
    const element = walker.currentNode.parentElement;
    if (text === '' || !element || element.getClientRects().length === 0) continue;
    if (element.closest(':disabled, noscript, .katex-mathml')) continue;
    const { fontSize, fontWeight } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    const ratio = ratioOf(element);
    if (ratio !== undefined && ratio < (large ? 3 : 4.5))
      faint.push(`${ratio.toFixed(2)} ${text.slice(0, 60)}`);
  }
  return faint;
})();
