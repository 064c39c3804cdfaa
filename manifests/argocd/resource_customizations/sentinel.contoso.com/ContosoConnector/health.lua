-- The object is kstatus-compliant: observedGeneration first, then Stalled and Reconciling (there
-- only while True), then Ready. Two things only Synced and the reason of Ready tell: that
-- the object waits for a person's word (Suspended), and that Ready is kept while Azure is not
-- compared or differs on purpose (Healthy, with the message of Synced).
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function reads(name, value)
  return conditions[name] ~= nil and conditions[name].status == value
end

local function because(name, reason)
  return conditions[name] ~= nil and conditions[name].reason == reason
end

local function health(word, name)
  return {status = word, message = conditions[name].reason .. ": " .. conditions[name].message}
end

if status.observedGeneration ~= obj.metadata.generation then
  local message = "The operator has not looked at this generation yet."
  if obj.metadata.deletionTimestamp ~= nil then
    message = "Being deleted."
  end
  return {status = "Progressing", message = message}
end
if reads("Stalled", "True") then
  return health("Degraded", "Stalled")
end
if reads("Reconciling", "True") then
  return health("Progressing", "Reconciling")
end
if because("Synced", "Suspended") then
  return health("Suspended", "Synced")
end
for _, reason in ipairs({"AwaitingApproval", "NotProvisioned", "DriftDetected"}) do
  if because("Ready", reason) then
    return health("Suspended", "Ready")
  end
end
if conditions.Ready == nil then
  return {status = "Progressing", message = "The operator has not said yet whether it is ready."}
end
if not reads("Ready", "True") then
  return health("Progressing", "Ready")
end
local healthy = health("Healthy", "Ready")
if conditions.Synced ~= nil and not reads("Synced", "True") then
  healthy = health("Healthy", "Synced")
end
if conditions.IsConnected ~= nil and not reads("IsConnected", "True") then
  healthy.message = healthy.message .. " " .. health("Healthy", "IsConnected").message
end
return healthy
