-- Taken out, not set to false: a field that nobody wrote in Git is no difference to Git.
obj.spec.suspend = nil
return obj
