// On a served page alone: loads it again when what it shows has changed. The address keeps the view.
{
  const kMillisecondsBetween = 2000;
  let version = null;

  const check = async () => {
    try {
      const latest = await (await fetch("/version")).text();
      if (version !== null && latest !== version) location.reload();
      version = latest;
    } catch {
      // The server has ended; what is shown stays.
    }
    setTimeout(check, kMillisecondsBetween);
  };

  if (location.protocol === "http:") check();
}
