-- Argo CD gives an Application below another one no health of its own since 1.8; waves need it.
local found = (obj.status or {}).health or {}
return {status = found.status or "Progressing", message = found.message or ""}
