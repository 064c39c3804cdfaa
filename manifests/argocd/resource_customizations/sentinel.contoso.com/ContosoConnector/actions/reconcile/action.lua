-- Asks for a comparison with Azure now; status.lastHandledReconcileAt shows when it was done.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["sentinel.contoso.com/reconcile-requested-at"] = os.date("!%Y-%m-%dT%XZ")
return obj
