// Texts of a page that do not stand out enough from their ground: below 4.5 to 1, or 3 to 1 where they are large
// (WCAG 2.2, success criterion 1.4.3). Runs in the page; its value is a list of "ratio text", one for each text that
// is too faint. What is switched off or not to be seen does not count.

(() => {
  const colourOf = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  const over = (top, ground) => {
    const mix = (a, b) => a * top.alpha + b * (1 - top.alpha);
    return {
      red: mix(top.red, ground.red),
      green: mix(top.green, ground.green),
      blue: mix(top.blue, ground.blue),
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
    const around = chain(element).map((one) => getComputedStyle(one));
    if (around.some(({ clipPath, visibility }) => clipPath !== 'none' || visibility === 'hidden'))
      return undefined;
    const opacity = around.reduce((product, style) => product * Number(style.opacity), 1);
    if (opacity === 0) return undefined;
    const ground = around
      .map(({ backgroundColor }) => colourOf(backgroundColor))
      .reduceRight((below, colour) => over(colour, below));
    const ink = colourOf(getComputedStyle(element).color);
    const seen = over({ ...ink, alpha: ink.alpha * opacity }, ground);
    const [light, dark] = [luminance(seen), luminance(ground)].sort((a, b) => b - a);
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
