local suspended = obj.spec.suspend == true
return {
  ["reconcile"] = {["disabled"] = suspended, ["iconClass"] = "fa fa-fw fa-sync"},
  ["suspend"] = {["disabled"] = suspended, ["iconClass"] = "fa fa-fw fa-pause"},
  ["resume"] = {["disabled"] = not suspended, ["iconClass"] = "fa fa-fw fa-play"}
}
